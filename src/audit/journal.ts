import { auditUnavailable } from '../lib/errors.js'
import type { Metrics } from '../metrics/metrics.js'
import { migrate } from '../store/migrate.js'
import { openDatabase, type DatabaseLocation } from '../store/database.js'
import { journalLocation, sqliteFile } from '../store/sqlite.js'
import { CommitQueue } from './commit-queue.js'
import type { JournalEntry, JournalLine } from './entry.js'
import { COLLAPSE_LIMITS, RateCollapser, byUser, byAddress, type CollapseLimits } from './rate-collapsing.js'
import { cursorOf, positionOf, type CallFilter, type CallPage, type CallQuery } from './reader.js'
import { journalMigrations } from './migrations.js'
import { textOf } from './text.js'
import { Thread } from './thread.js'

export type { JournalEntry, JournalLine } from './entry.js'
export type { CallFilter } from './reader.js'

export interface JournalLimits {
  /** How long an append may take, in milliseconds. */
  readonly deadlineMs: number
  /** How many lines may wait to be written; the last quarter is kept for calls of users. */
  readonly queued: number
  readonly floods: CollapseLimits
}

const LIMITS: JournalLimits = { deadlineMs: 5_000, queued: 20_000, floods: COLLAPSE_LIMITS }

/** What the journal tells the process's log: a pino logger fits. */
export interface JournalLog {
  warn (details: object, message: string): void
  error (details: object, message: string): void
}

/** `url` and `dataDir` are the store's: the journal is a file beside it. */
export interface JournalOptions extends DatabaseLocation {
  readonly metrics: Pick<Metrics, 'journalAppend'>
  readonly log: JournalLog
  readonly limits?: Partial<JournalLimits>
}

/**
 * Opens the journal and ends, as `recovered`, the calls that an earlier process left open.
 * @throws {Error} when the store can't be opened or written
 */
export async function openJournal (options: JournalOptions): Promise<Journal> {
  const db = openDatabase(journalLocation(options))
  try { await migrate(db, journalMigrations) } finally { await db.destroy() }
  const journal = new Journal(options)
  try {
    await journal.adopt(sqliteFile(options))
    await journal.recover()
  } catch (error) {
    await journal.close()
    throw error
  }
  return journal
}

/** The record of every call. Lines are chained and written by a thread apart, many with one sync. */
export class Journal {
  readonly #metrics: Pick<Metrics, 'journalAppend'>
  readonly #log: JournalLog
  readonly #limits: JournalLimits
  readonly #writer: Thread
  readonly #reader: Thread
  readonly #queue: CommitQueue
  readonly #collapsed: RateCollapser
  readonly #denials: RateCollapser

  constructor ({ metrics, log, limits, ...store }: JournalOptions) {
    this.#metrics = metrics
    this.#log = log
    this.#limits = { ...LIMITS, ...limits }
    const location = journalLocation(store)
    this.#writer = new Thread('writer-thread', location)
    this.#reader = new Thread('reader-thread', location)
    this.#queue = new CommitQueue(async texts => await this.#writer.ask('append', texts))
    this.#collapsed = new RateCollapser(this.#limits.floods, byAddress, entry => { this.note(entry) })
    this.#denials = new RateCollapser({ ...this.#limits.floods, total: Infinity }, byUser, entry => { this.note(entry) })
  }

  /** Settles when the line is committed and synced. @throws `audit-unavailable` when it is not, within five seconds */
  async append (entry: JournalEntry): Promise<void> {
    try {
      await this.#write(entry, this.#limits.deadlineMs)
    } catch (cause) {
      this.#lost(entry, cause)
      throw auditUnavailable('the journal cannot be written, so the call was refused; the gateway\'s log says why', { cause })
    }
  }

  /** Behind the answer: what can't be written is logged and counted. */
  note (entry: JournalEntry): void {
    this.#write(entry).catch((cause: unknown) => { this.#lost(entry, cause) })
  }

  /** A refusal before policy was asked; behind the answer. Floods are collapsed to lines with a count. */
  noteRefusal (entry: JournalEntry): void {
    if (this.#collapsed.admits(entry)) this.note(entry)
    else this.#metrics.journalAppend()('collapsed')
  }

  /**
   * A refusal by policy. Settles when it is on disk, or was counted: of what one user is refused by one rule, a
   * hundred in a second are lines of their own, and the rest is one line with a count.
   * @throws `audit-unavailable`
   */
  async deny (entry: JournalEntry): Promise<void> {
    if (this.#denials.admits(entry)) await this.append(entry)
    else this.#metrics.journalAppend()('collapsed')
  }

  /** Settles when all that was noted before is written or lost, or after five seconds. */
  async flush (): Promise<void> {
    this.#collapsed.flush()
    this.#denials.flush()
    await this.#queue.add(null, this.#limits.deadlineMs).catch(() => {})
  }

  /**
   * One item per call, newest first: the last of its lines, or the first while it is open.
   * `limit` is 1 to 1000; `cursor` is the `nextCursor` of the page before.
   * @throws `invalid-input` for a cursor that is not one
   */
  async list ({ limit, cursor, ...filter }: CallFilter & { readonly limit: number, readonly cursor?: string }): Promise<{ items: JournalLine[], nextCursor?: string }> {
    const query: CallQuery = { ...filter, limit, from: cursor === undefined ? undefined : positionOf(cursor) }
    const { items, next } = await this.#reader.ask('list', query) as CallPage
    return next === undefined ? { items } : { items, nextCursor: cursorOf(next) }
  }

  /** Takes over the lines that an earlier version kept in the store's file. */
  async adopt (store: string): Promise<void> {
    const lines = await this.#writer.ask('adopt', store)
    if (lines !== 0) this.#log.warn({ lines }, 'the journal moved from the store\'s file to one of its own')
  }

  /** Ends the calls that nobody will end any more. Only before the first call: it would take calls under way for orphans. */
  async recover (): Promise<void> {
    const calls = await this.#writer.ask('recover')
    if (calls !== 0) this.#log.warn({ calls }, 'calls were under way when the gateway last ended: the journal says that their outcome is not known')
  }

  /** Writes what is left, then closes the connections. */
  async close (): Promise<void> {
    this.#collapsed.close()
    this.#denials.close()
    await this.flush()
    await Promise.all([this.#writer, this.#reader].map(async thread => { await thread.close(this.#limits.deadlineMs) }))
  }

  async #write (entry: JournalEntry, deadlineMs?: number): Promise<void> {
    // What anonymous callers do must not fill the journal's queue for everybody else.
    const places = entry.actor === null ? this.#limits.queued * 0.75 : this.#limits.queued
    if (this.#queue.size >= places) throw new Error('too many lines wait to be written')
    const done = this.#metrics.journalAppend()
    await this.#queue.add(textOf(entry), deadlineMs)
    done('written')
  }

  #lost ({ id, stage, requestId, operation }: JournalEntry, cause: unknown): void {
    this.#metrics.journalAppend()('lost')
    this.#log.error({ err: cause, call: id, stage, requestId, operation }, 'a line of the journal was not written')
  }
}

declare module '../model/services.js' {
  interface Services {
    readonly journal: Journal
  }
}
