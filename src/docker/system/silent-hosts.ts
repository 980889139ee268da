import type { Logger } from 'pino'
import { failureOf } from '../../lib/errors.js'
import type { Host } from '../../engine/host.js'
import type { Hosts } from '../../engine/hosts.js'

/** How long an engine may take to say that it is there. */
const LOOK_MS = 5000

/** What to do about a connection that does not come, by the system's own code for it. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: start the engine, or name its address in CAISSON_HOSTS',
  EACCES: 'the gateway\'s user may not open it: put that user into the socket\'s group (usually docker), and start the gateway again',
  ECONNREFUSED: 'nothing listens there: start the engine, or name its address in CAISSON_HOSTS',
  ENOTFOUND: 'there is no such name: correct the address in CAISSON_HOSTS'
}
const OTHERWISE = 'see that the engine runs and can be reached from here; CAISSON_HOSTS names its address'

/** At the start: an engine that does not answer is no reason not to serve, and is not left to be found out by the first call. */
export async function warnOfSilentHosts (hosts: Hosts, log: Pick<Logger, 'warn'>): Promise<void> {
  await Promise.all(hosts.all().map(async host => { await warnOf(host, log) }))
}

async function warnOf (host: Host, log: Pick<Logger, 'warn'>): Promise<void> {
  try { await host.version(LOOK_MS) } catch (error) {
    const { detail, cause } = failureOf(error)
    const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException
    log.warn({ host: host.name, url: host.url, detail }, `the engine of ${host.name} does not answer: ${ADVICE[code] ?? OTHERWISE}`)
  }
}
