import { createHash } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { rateLimited } from '../../lib/errors.js'
import type { Schema } from '../../store/schema.js'

export interface LoginAttemptLimits {
  /** Wrong passwords in a row that lock the account. */
  readonly attempts: number
  readonly lockMs: number
  /** Rows kept for names that no user has; the oldest go first. Rows of users always stay. */
  readonly unknownNames: number
}

export const LOGIN_ATTEMPT_LIMITS: LoginAttemptLimits = { attempts: 10, lockMs: 15 * 60_000, unknownNames: 10_000 }

/**
 * Counts wrong passwords, in the store, for names that exist and names that don't alike. An attempt is counted as
 * wrong before the password is looked at and forgiven when it was right: however many come at once, and in however
 * many processes, no more than ten are ever tried.
 */
export class LoginAttempts {
  readonly #db: Kysely<Schema>
  readonly #limits: LoginAttemptLimits
  readonly #now: () => Date
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor (db: Kysely<Schema>, now: () => Date, limits: LoginAttemptLimits) {
    this.#db = db
    this.#now = now
    this.#limits = limits
  }

  /**
   * Tries a sign-in; one after the other for one name, so that many right ones at once are not taken for wrong ones.
   * @throws `rate-limited` without trying, while the account is locked; else what `work` throws
   */
  async attempt<T> (username: string, known: boolean, work: () => Promise<T>): Promise<T> {
    const key = createHash('sha256').update(username.toLowerCase()).digest('hex')
    return await this.#inTurn(key, async () => {
      await this.#db.transaction().execute(async transaction => { await this.#count(transaction, key, known) })
      const result = await work()
      await this.#db.deleteFrom('login_failures').where('key', '=', key).execute()
      return result
    })
  }

  async #count (transaction: Transaction<Schema>, key: string, known: boolean): Promise<void> {
    const now = this.#now()
    const row = await transaction.selectFrom('login_failures').select(['failures', 'locked_until']).where('key', '=', key).executeTakeFirst()
    const lockedMs = row?.locked_until == null ? undefined : Date.parse(row.locked_until) - now.getTime()
    if (lockedMs !== undefined && lockedMs > 0) throw locked(lockedMs)
    const failures = lockedMs === undefined ? (row?.failures ?? 0) + 1 : 1
    await this.#write(transaction, key, known, failures, now)
    if (row === undefined && !known) await this.#evict(transaction)
  }

  async #write (transaction: Transaction<Schema>, key: string, known: boolean, failures: number, now: Date): Promise<void> {
    const until = failures < this.#limits.attempts ? null : new Date(now.getTime() + this.#limits.lockMs).toISOString()
    const values = { known: known ? 1 : 0, failures, last_at: now.toISOString(), locked_until: until } as const
    await transaction.insertInto('login_failures').values({ key, ...values })
      .onConflict(conflict => conflict.column('key').doUpdateSet(values)).execute()
  }

  async #evict (transaction: Transaction<Schema>): Promise<void> {
    const kept = transaction.selectFrom('login_failures').select('key').where('known', '=', 0)
      .orderBy('last_at', 'desc').orderBy('key').limit(this.#limits.unknownNames)
    const { rows } = await transaction.selectFrom('login_failures').select(({ fn }) => fn.countAll<number>().as('rows')).where('known', '=', 0).executeTakeFirstOrThrow()
    if (Number(rows) > this.#limits.unknownNames * 1.1) await transaction.deleteFrom('login_failures').where('known', '=', 0).where('key', 'not in', kept).execute()
  }

  async #inTurn<T> (key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work)
    const over = turn.then(() => {}, () => {})
    this.#turns.set(key, over)
    void over.then(() => { if (this.#turns.get(key) === over) this.#turns.delete(key) })
    return await turn
  }
}

const locked = (ms: number) =>
  rateLimited('too many wrong passwords in a row: the account is locked for a while', Math.ceil(ms / 1000))
