import type { Logger } from 'pino'
import type { Host } from '../engine/host.js'
import { findCreatedBy } from '../engine/call-label.js'
import { failureOf } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import type { Call } from '../operation/context.js'
import { invoke } from '../operation/invoke.js'
import type { Services } from '../model/services.js'
import { withTimeout } from '../lib/with-timeout.js'
import type { Actor } from '../model/caller.js'
import { expire } from './expire.js'
import type { ExpirationRow } from './store.js'

/** How often is looked for what is over. */
const LOOK_MS = 1000
/** Containers of one host that are ended at once. */
const AT_ONCE = 4
/** From one try to the next: twice as long each time, up to a bound. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 300_000
/** How long behind its time is looked for what a call may have made whose end is not known: an engine may be at it still. */
const LATE_MS = 24 * 3_600_000
/** How long a shutdown waits for what is under way. */
const END_MS = 2000

/** The gateway itself, as the audit log names it. */
const CAISSON: Actor = { id: 'caisson', username: 'caisson', admin: false, credential: { kind: 'internal', id: 'time-to-live' } }

/** Ends containers whose time is over, on whichever host; one that can't be reached is tried until it can. */
export class ExpiryKeeper {
  readonly #under = new Map<string, { readonly host: string, readonly work: Promise<void> }>()
  readonly #shutdown = new AbortController()
  readonly #timer: NodeJS.Timeout

  private constructor (private readonly services: Services, private readonly log: Pick<Logger, 'warn' | 'error'>) {
    this.#timer = setInterval(() => { void this.#look() }, LOOK_MS).unref()
  }

  static async start (services: Services, log: Pick<Logger, 'warn' | 'error'>): Promise<ExpiryKeeper> {
    await services.expirations.store.hastenUnknown()
    return new ExpiryKeeper(services, log)
  }

  async close (): Promise<void> {
    clearInterval(this.#timer)
    this.#shutdown.abort()
    await withTimeout(END_MS, Promise.all([...this.#under.values()].map(async ({ work }) => { await work })))
  }

  async #look (): Promise<void> {
    await Promise.all(this.services.hosts.all().map(async host => {
      try { await this.#lookOn(host) } catch (error) { this.log.error({ err: error, host: host.name }, 'deadlines could not be looked at') }
    }))
  }

  async #lookOn (host: Host): Promise<void> {
    const { store, making } = this.services.expirations
    const places = AT_ONCE - [...this.#under.values()].filter(other => other.host === host.name).length
    if (places <= 0) return
    for (const row of await store.due(host.name, [...this.#under.keys(), ...making], places)) {
      // Another look may have taken it while this one read.
      if (this.#under.has(row.call_id)) continue
      const work = this.#attend(host, row).finally(() => this.#under.delete(row.call_id))
      this.#under.set(row.call_id, { host: host.name, work })
    }
  }

  async #attend (host: Host, row: ExpirationRow): Promise<void> {
    const { store } = this.services.expirations
    try {
      const id = row.container_id ?? await this.#made(host, row)
      const expiresMs = Date.parse(row.expires_at)
      if (expiresMs > Date.now()) await store.postpone(row.call_id, expiresMs, 0)
      else if (id === undefined && expiresMs + LATE_MS > Date.now()) await this.#postpone(row)
      else {
        // What is gone is forgotten without a word in the audit log.
        if (id !== undefined && await host.containers.inspectIfThere(id) !== null) await this.#end(host, id, row)
        await store.remove(row.call_id)
      }
    } catch (error) {
      await this.#later(row, error).catch((error: unknown) => { this.log.error({ err: error, host: host.name }, 'a deadline could not be put off') })
    }
  }

  /** What was made by a call whose end is not known. */
  async #made (host: Host, row: ExpirationRow): Promise<string | undefined> {
    const found = await findCreatedBy(host, row.call_id)
    if (found !== undefined) await this.services.expirations.store.setContainer(row.call_id, found.Id, Date.parse(row.expires_at))
    return found?.Id
  }

  async #end (host: Host, id: string, { call_id: givenBy, expires_at: expiresAt }: ExpirationRow): Promise<void> {
    const { signal } = this.#shutdown
    const call: Call = { requestId: newId(), surface: 'internal', actor: CAISSON, client: { address: 'internal' }, signal, shutdown: signal, tokens: NO_TOKENS }
    await invoke(expire, { host: host.name, id, expiresAt, givenBy }, { ...this.services, ...call })
  }

  async #later (row: ExpirationRow, error: unknown): Promise<void> {
    const { host, container_id: container, tries } = row
    const pauseMs = await this.#postpone(row)
    this.log.warn({ code: failureOf(error).code, host, container, tries: tries + 1, pauseMs }, 'a container whose time is over could not be removed: it is tried again')
  }

  async #postpone ({ call_id: callId, tries }: ExpirationRow): Promise<number> {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 30))
    await this.services.expirations.store.postpone(callId, Date.now() + pauseMs, tries + 1)
    return pauseMs
  }
}

const NO_TOKENS: Call['tokens'] = { lifetimeSeconds: 0, sign () { throw new Error('the gateway signs no token for itself') } }
