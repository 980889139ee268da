import { Failure } from '../../lib/errors.js'

/** How many calls of rows one request has under way at the same time. */
const AT_ONCE = 8

/** How many rows of one document a relation with a call per row is followed on. */
export const ROWS = 50

/** How many rows all relations of one document lead to: each row may lead to all rows of another list, and back. */
export const MOST_PER_ROW = 10_000

const turns = new WeakMap<object, RequestScheduler>()

/** Rows ask one after another: a list of a thousand with a relation on each row is not a thousand calls at once. */
export class RequestScheduler {
  #free = AT_ONCE
  readonly #waiting: Array<() => void> = []
  readonly #rows = new Map<string, number>()
  readonly #made = new Map<string, Promise<unknown>>()
  readonly #told = new WeakSet<object>()
  #found = 0

  /** Those of one document. */
  static of (context: object): RequestScheduler {
    const known = turns.get(context) ?? new RequestScheduler()
    turns.set(context, known)
    return known
  }

  /** Counts one row more for a relation, under whatever aliases it is asked. @throws `too-large` */
  row (relation: string): void {
    const rows = (this.#rows.get(relation) ?? 0) + 1
    this.#rows.set(relation, rows)
    if (rows > ROWS) throw new Failure('too-large', `${relation} is one call per row, and is followed on ${ROWS} rows of a document at most: ask for fewer at a time`)
  }

  /** Counts rows that a relation has led to. @throws `too-large` */
  found (count: number): void {
    this.#found += count
    if (this.#found > MOST_PER_ROW) throw new Failure('too-large', `the relations of this document lead to more than ${MOST_PER_ROW} rows: ask for fewer at a time`)
  }

  /** What is asked once for all rows of a document; `key` says what that is. */
  async once<T> (key: string, work: () => Promise<T>): Promise<T> {
    const made = (this.#made.get(key) ?? work()) as Promise<T>
    this.#made.set(key, made)
    return await made
  }

  /** Whether an error of this document was told before; from now on it was. */
  isTold (error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return false
    const isTold = this.#told.has(error)
    this.#told.add(error)
    return isTold
  }

  /** @throws `overloaded` when the caller has left before its turn came: nothing is asked then. */
  async run<T> (signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    stillThere(signal)
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      stillThere(signal)
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}

function stillThere (signal: AbortSignal): void {
  if (signal.aborted) throw new Failure('overloaded', 'the caller has left, or the gateway shuts down: this was not asked any more')
}
