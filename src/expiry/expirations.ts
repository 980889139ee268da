import type { Kysely } from 'kysely'
import { conflict, failureOf } from '../lib/errors.js'
import { isOpenEnded } from '../idempotency/idempotent-call.js'
import type { Schema } from '../store/schema.js'
import { ExpirationStore, type Place } from './store.js'

/** A week, in seconds: what lives longer is not meant to go away by itself. */
export const LONGEST_SECONDS = 7 * 24 * 3600

interface Giving {
  readonly host: string
  readonly callId: string
  readonly ttlSeconds: number | undefined
  /** Whether the engine has such a container still. */
  readonly isThere: (id: string) => Promise<boolean>
}

/** Until when containers may live. A deadline is in the store before its container is there, and outlives the gateway. */
export class Expirations {
  readonly store: ExpirationStore
  /** Calls that are about to make a container: what is not there yet is not over. */
  readonly making = new Set<string>()

  constructor (db: Kysely<Schema>) {
    this.store = new ExpirationStore(db)
  }

  /**
   * Makes a container that may live so long. The work says when it is there, from when on its time is counted; what is
   * made then is found by the call's mark, should the gateway end in between.
   */
  async giving<T> ({ host, callId, ttlSeconds, isThere }: Giving, work: (there: ((id: string) => Promise<void>) | undefined) => Promise<T>): Promise<T> {
    if (ttlSeconds === undefined) return await work(undefined)
    const ttlMs = ttlSeconds * 1000
    let made: string | undefined
    this.making.add(callId)
    try {
      await this.store.insert(callId, host, Date.now() + ttlMs)
      return await work(async id => {
        made = id
        await this.store.setContainer(callId, id, Date.now() + ttlMs)
        // Whoever waits for its end may wait for this one.
        this.making.delete(callId)
      })
    } catch (error) {
      // What was refused is not there, and what was made before that was removed. Where that is not so, or not known, its time is kept.
      if (!isOpenEnded(failureOf(error)) && (made === undefined || !await isThere(made).catch(() => true))) await this.store.remove(callId)
      throw error
    } finally {
      this.making.delete(callId)
    }
  }

  /** @throws `conflict` for a container that has no time to live, or whose time is over */
  async renew (place: Place, ttlSeconds: number): Promise<{ expiresAt: string }> {
    const expiresMs = Date.now() + ttlSeconds * 1000
    if (await this.store.move(place, expiresMs)) return { expiresAt: new Date(expiresMs).toISOString() }
    const over = await this.store.of(place)
    throw conflict(over === undefined
      ? 'this container has no time to live: only one that was made with ttlSeconds can be given more'
      : `the time of this container was over at ${over}: it is being removed`)
  }
}

declare module '../model/services.js' {
  interface Services {
    readonly expirations: Expirations
  }
}
