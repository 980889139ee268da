import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { Failure, conflict, rateLimited } from '../lib/errors.js'
import type { Resource } from '../model/resource.js'
import { exactOf, parseJson, stringifyJson } from '../lib/exact-json.js'
import type { Schema } from '../store/schema.js'
import { withTimeout } from '../lib/with-timeout.js'
import type { Actor } from '../model/caller.js'
import { keptSubject, keptFailure, type CallSubject, type KeptAnswer } from './answer.js'
import { IdempotentCall } from './idempotent-call.js'
import { OwedWrites } from './owed.js'
import { Sealing } from './sealing.js'
import { IdempotencyTable, type IdempotencyRow } from './table.js'

export interface IdempotencyLimits {
  /** How long a key stands for its call. */
  readonly lifetimeMs: number
  /** Keys of one user, and the answers that are kept for them. */
  readonly perUser: number
  readonly bytesPerUser: number
  /** The answer of one call. */
  readonly answerBytes: number
  /** Calls of one user under way under keys: they go on without their callers. */
  readonly running: number
}

const MIB = 1024 * 1024
export const IDEMPOTENCY_LIMITS: IdempotencyLimits = { lifetimeMs: 24 * 3_600_000, perUser: 10_000, bytesPerUser: 64 * MIB, answerBytes: 8 * MIB, running: 100 }
/** How often what is old is looked for. */
const SWEEP_MS = 60_000
/** How long a shutdown waits for what is under way. */
const END_MS = 2000

/** A call, as its key knows it. The input is as the caller named things, before anything was looked up. */
export interface KeyedCall {
  readonly operation: { readonly name: string }
  readonly input: Readonly<Record<string, unknown>>
  readonly key: string
  readonly actor: Actor
}

/** The call that was made under the key. Without an answer: it is not known what became of it. */
export interface EarlierCall { readonly callId: string, readonly isSame: boolean, readonly isRunning: boolean, readonly answer?: KeptAnswer }

interface IdempotencyStoreOptions { readonly secret: Uint8Array, readonly log: Pick<Logger, 'error'>, readonly limits?: Partial<IdempotencyLimits> }

/**
 * Calls that were made under a key of their caller's, each of them once. A row is there before the call is made, so that
 * of any number at once one goes on; one without an answer that is not under way here is of a gateway that ended.
 */
export class IdempotencyStore {
  readonly #store: IdempotencyTable
  readonly #sealing: Sealing
  readonly #limits: IdempotencyLimits
  readonly #log: IdempotencyStoreOptions['log']
  /** By call id; with whose it is. */
  readonly #running = new Map<string, { readonly running: IdempotentCall, readonly ownerId: string }>()
  readonly #owed = new OwedWrites()
  readonly #sweeper: NodeJS.Timeout

  constructor (db: Kysely<Schema>, { secret, log, limits }: IdempotencyStoreOptions) {
    this.#store = new IdempotencyTable(db)
    this.#sealing = new Sealing(secret)
    this.#limits = { ...IDEMPOTENCY_LIMITS, ...limits }
    this.#log = log
    this.#sweeper = setInterval(() => { void this.sweep() }, SWEEP_MS).unref()
  }

  async find (call: KeyedCall): Promise<EarlierCall | undefined> {
    const row = await this.#store.find(call.actor.id, this.#keyDigest(call))
    if (row === undefined) return undefined
    if (this.#owed.has(row.id)) {
      await this.#owed.settle(row.id)
      return await this.find(call)
    }
    const isRunning = this.#running.has(row.id)
    if (!isRunning && this.#isOld(row)) {
      await this.#store.remove(row.id)
      return undefined
    }
    const isSame = row.input_digest === this.#inputDigest(call)
    return { callId: row.id, isSame, isRunning, ...(isSame && row.answer !== null ? { answer: this.#open(row.answer, row.id, call.key) } : {}) }
  }

  /**
   * Begins it, or goes on from an earlier one without an end. Settles when that is on disk.
   * @returns undefined where another did so first
   * @throws `rate-limited` while the user has too many keys, `overloaded` while too many of the user's calls are under way
   */
  async begin (call: KeyedCall, callId: string, about: CallSubject, shutdown: AbortSignal, earlier?: EarlierCall): Promise<IdempotentCall | undefined> {
    const id = earlier?.callId ?? callId
    if (this.#running.has(id)) return undefined
    this.#refuseMore(call.actor.id)
    const running = new IdempotentCall(id, earlier !== undefined, about, this.#keeper(id, call.key), shutdown)
    this.#running.set(id, { running, ownerId: call.actor.id })
    try {
      if (await (earlier === undefined ? this.#insert(call, id) : this.#store.isOpen(id))) return running
    } catch (error) {
      await running.leaveOpen()
      throw error
    }
    await running.leaveOpen()
    return undefined
  }

  /** Writes what is owed, and lets go of what is old enough. */
  async sweep (): Promise<void> {
    try {
      await this.#owed.settleAll()
      await this.#store.removeBefore(new Date(Date.now() - this.#limits.lifetimeMs), [...this.#running.keys()])
    } catch (error) {
      this.#log.error({ err: error }, 'old keys could not be removed')
    }
  }

  /** Settles when what is under way has ended; the gateway's shutdown has told it to. */
  async close (): Promise<void> {
    clearInterval(this.#sweeper)
    await withTimeout(END_MS, Promise.all([...this.#running.values()].map(async ({ running }) => { await running.ended })))
  }

  async #insert (call: KeyedCall, id: string): Promise<boolean> {
    await this.#makeRoom(call.actor.id)
    return await this.#store.insert({ id, owner_id: call.actor.id, key_digest: this.#keyDigest(call), input_digest: this.#inputDigest(call) })
  }

  #refuseMore (ownerId: string): void {
    const { running } = this.#limits
    const own = [...this.#running.values()].filter(other => other.ownerId === ownerId).length
    if (own >= running) throw new Failure('overloaded', `${own} calls of yours with an Idempotency-Key are under way: wait for one to end`)
  }

  async #makeRoom (ownerId: string): Promise<void> {
    const { perUser, bytesPerUser, lifetimeMs } = this.#limits
    const { keys, bytes } = await this.#store.usage(ownerId)
    if (keys < perUser && bytes < bytesPerUser) return
    const oldest = Date.parse(await this.#store.oldest(ownerId) ?? '')
    const seconds = Math.max(1, Math.ceil((oldest + lifetimeMs - Date.now()) / 1000))
    throw rateLimited(`${keys} keys of yours are kept, with ${bytes} bytes of answers; ${perUser} keys and ${bytesPerUser} bytes are the most: call without an Idempotency-Key, or wait until the oldest is ${lifetimeMs / 3_600_000} hours old`, seconds)
  }

  #keeper (id: string, key: string): ConstructorParameters<typeof IdempotentCall>[3] {
    return {
      keep: async answer => {
        const sealed = this.#sealed(answer, id, key)
        await this.#orOwed(id, async () => { await this.#store.keep(id, sealed) })
      },
      remove: async () => { await this.#orOwed(id, async () => { await this.#store.remove(id) }) },
      leave: () => { this.#running.delete(id) }
    }
  }

  /** The call has ended: that its end can't be written is no failure of it. Until it is, a repeat is refused. */
  async #orOwed (id: string, write: () => Promise<void>): Promise<void> {
    try { await write() } catch (error) {
      this.#owed.add(id, write)
      this.#log.error({ err: error, call: id }, 'the end of a call with a key could not be written; it is tried again')
    }
  }

  #sealed (answer: KeptAnswer, id: string, key: string): string {
    const text = stringifyJson(answer)
    const bytes = Buffer.byteLength(text)
    const { answerBytes } = this.#limits
    if (bytes <= answerBytes) return this.#sealing.seal(text, id, key)
    const failure = conflict(`the call was made and answered; its answer had ${bytes} bytes, and ${answerBytes} are the most that is kept for a repeat`)
    return this.#sealing.seal(JSON.stringify({ ...keptSubject(answer), content: answer.content, failure: keptFailure(failure) } satisfies KeptAnswer), id, key)
  }

  #open (sealed: string, id: string, key: string): KeptAnswer {
    // An answer that a build before 0.2 kept calls what was created `made`. The last of them is gone after `lifetimeMs`.
    const { made, ...answer } = exactOf(parseJson(this.#sealing.open(sealed, id, key)) as KeptAnswer & { readonly made?: Resource })
    return made === undefined ? answer : { ...answer, created: made }
  }

  #keyDigest ({ key }: KeyedCall): string {
    return this.#sealing.digest({ key })
  }

  #inputDigest ({ operation: { name }, input }: KeyedCall): string {
    return this.#sealing.digest({ operation: name, input })
  }

  #isOld ({ created_at: createdAt }: IdempotencyRow): boolean {
    return Date.parse(createdAt) + this.#limits.lifetimeMs < Date.now()
  }
}

declare module '../model/services.js' {
  interface Services {
    readonly idempotency: IdempotencyStore
  }
}
