import type { Logger } from 'pino'
import { openJournal } from './audit/journal.js'
import { ensureFirstAdmin } from './auth/sessions/first-admin.js'
import { loadSigningKeys, type SigningKeys } from './auth/sessions/keys.js'
import { openAccess } from './auth/open.js'
import { StreamRegistry } from './auth/stream-registry.js'
import { accessTargets } from './auth/targets.js'
import { Users } from './auth/users.js'
import type { Config } from './config.js'
import { prepareDataDir } from './data-dir.js'
import { Execs } from './docker/containers/execs.js'
import { Hosts } from './engine/hosts.js'
import type { LiveLimits } from './engine/live/feed.js'
import { dockerTargets } from './docker/targets.js'
import { Expirations } from './expiry/expirations.js'
import { ExpiryKeeper } from './expiry/keeper.js'
import { IdempotencyStore } from './idempotency/idempotency-store.js'
import { Jobs } from './jobs/jobs.js'
import { jobTarget } from './jobs/target.js'
import { Metrics } from './metrics/metrics.js'
import { operations } from './operations/index.js'
import { Quotas } from './quotas/quotas.js'
import { Rates } from './rates/rates.js'
import type { Services } from './model/services.js'
import { openDatabase } from './store/database.js'
import { lockStore } from './store/lock.js'
import { migrate } from './store/migrate.js'

export interface OpenedServices {
  readonly services: Services
  readonly keys: SigningKeys
  /** Lets go of jobs, calls with keys, hosts, journal and store, in this order: the audit log has the last word. */
  close (): Promise<void>
}

/** Everything that is there before the port opens: store, keys, journal, first admin. */
export async function openServices (config: Config, log: Logger, { live }: { readonly live?: LiveLimits } = {}): Promise<OpenedServices> {
  const { dataDir, databaseUrl: url } = config
  prepareDataDir(dataDir)
  const db = openDatabase({ url, dataDir })
  const unlock = lockStore({ url, dataDir })
  await migrate(db)
  const keys = loadSigningKeys(dataDir)
  const metrics = new Metrics()
  const journal = await openJournal({ url, dataDir, metrics, log })
  const users = new Users(db)
  const { passwordFile } = await ensureFirstAdmin(users, { dataDir, password: config.adminPassword })
  if (passwordFile !== undefined) log.info(`the user admin was made; its password is in ${passwordFile}`)
  const hosts = Hosts.of(config.hosts, metrics, live)
  const jobs = await Jobs.open(db, { retentionMs: config.jobRetentionMs, log })
  const idempotency = new IdempotencyStore(db, { secret: keys.digestKey, log })
  await idempotency.sweep()
  const execs = new Execs(db)
  const access = openAccess(db, { users, hosts, operations, digestKey: keys.digestKey })
  const streams = new StreamRegistry(access, config.streamsPerUser)
  const targets = { ...dockerTargets(hosts, execs), ...accessTargets({ users, ...access }), job: jobTarget(jobs) }
  const services: Services = { hosts, execs, users, ...access, rates: new Rates(config.rates), streams, journal, jobs, idempotency, expirations: new Expirations(db), quotas: new Quotas({ hosts, ...access }), targets, metrics, operations }
  const keeper = await ExpiryKeeper.start(services, log)
  return { services, keys, close: async () => { await Promise.all([jobs.close(), idempotency.close(), keeper.close()]); hosts.close(); await journal.close(); await db.destroy(); unlock() } }
}
