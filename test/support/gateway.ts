import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../../src/app.js'
import { openServices } from '../../src/boot.js'
import { readConfig } from '../../src/config.js'
import type { LiveLimits } from '../../src/engine/live/feed.js'
import type { HttpTimeouts } from '../../src/routes/http/timeouts.js'
import type { Services } from '../../src/model/services.js'
import { Client } from './client.js'
import { engines } from './engines.js'
import { startSpy, type Spy } from './spy.js'

interface Teardown { teardown (undo: () => Promise<unknown>): unknown }

export const ADMIN_PASSWORD = 'correct horse battery staple'
export const ANN_PASSWORD = 'correct horse battery ann'

export interface Gateway {
  readonly url: string
  readonly app: FastifyInstance
  readonly services: Services
  readonly dataDir: string
  /** In front of each engine: what it heard. */
  readonly spies: { readonly local: Spy, readonly other: Spy }
  /** Everything that was logged. */
  readonly logged: string[]
  readonly admin: Client
  /** Signed in, without any right. */
  readonly ann: Client
  readonly nobody: Client
  /** As a shutdown does; also done behind the test. */
  readonly end: () => Promise<void>
}

interface Options { readonly engines?: ReadonlyArray<{ socketPath: string }>, readonly environment?: Record<string, string>, readonly deadlines?: HttpTimeouts, readonly live?: LiveLimits, /** Of a gateway that was there before. */ readonly dataDir?: string }

/** A whole gateway on a port of loopback, in front of two real engines with a recording proxy before each. */
export async function startGateway (t: Teardown, options: Options = {}): Promise<Gateway> {
  const [first, second] = options.engines ?? engines
  const dataDir = options.dataDir ?? await mkdtemp(join(tmpdir(), 'caisson-test-'))
  if (options.dataDir === undefined) t.teardown(async () => await rm(dataDir, { recursive: true, force: true }))
  const spies = { local: await spyOn(t, first), other: await spyOn(t, second ?? first) }
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => { logged.push(line) } })
  const config = readConfig({
    CAISSON_DATA_DIR: dataDir,
    CAISSON_ADMIN_PASSWORD: ADMIN_PASSWORD,
    CAISSON_LISTEN: '127.0.0.1:0',
    CAISSON_HOSTS: `local=${spies.local.url},other=${spies.other.url}`,
    ...options.environment
  })
  const { services, keys, close } = await openServices(config, log, { live: options.live })
  if (await services.users.byUsername('ann') === undefined) await services.users.create({ username: 'ann', password: ANN_PASSWORD })
  const app = await buildApp(config, services, keys, log, options.deadlines)
  let closed: Promise<void> | undefined
  const end = async () => { await (closed ??= app.close().then(close)) }
  t.teardown(end)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const nobody = new Client(url)
  // Signing in needs a client that trusts the certificate; who serves HTTPS asks for himself.
  if (url.startsWith('https:')) return { url, app, services, dataDir, spies, logged, nobody, admin: nobody, ann: nobody, end }
  const admin = await nobody.signIn('admin', ADMIN_PASSWORD)
  const ann = await nobody.signIn('ann', ANN_PASSWORD)
  return { url, app, services, dataDir, spies, logged, admin, ann, nobody, end }
}

async function spyOn (t: Teardown, engine: { socketPath: string } | undefined): Promise<Spy> {
  if (engine === undefined) throw new Error('a gateway needs an engine')
  const spy = await startSpy(engine.socketPath)
  t.teardown(async () => { await spy.close() })
  return spy
}
