import { Readable, finished } from 'node:stream'
import { failureOf, type Failure } from '../../lib/errors.js'
import { isLoss, type Feed, type FeedReader } from './feed.js'
import type { LiveEvent } from './ring.js'

export interface Dropped { readonly type: 'dropped', readonly count: number | null }

/** Opens what stands behind a cursor, or, without one, what the reader asked for of the past. */
export type OpenPast = (after: string | undefined) => Promise<Readable>

/** Until the feed has what a reader has seen already. */
const LAG_MS = 10
/** Until an engine that went away is asked again. */
const LOST_MS = 500

interface LiveReaderOptions<E> {
  /** Where in the ring it begins; absent where it begins in the past. */
  readonly from?: number
  readonly past?: OpenPast
  /** Whether this reader is told of an item at all. */
  readonly wants: (event: E) => boolean
  /** The time, in milliseconds since 1970, at which this reader has had enough, and what it is told then. */
  readonly over?: { readonly atMs: number, readonly event: E }
  /** Nothing but the newest counts: what was missed is not told. */
  readonly newest?: boolean
}

/**
 * What one reader is given of a feed: what it asked for of the past, from a stream of its own, and then what everybody is
 * given. It goes over where both have the same item, so that nothing is missing and nothing comes twice. The feed is
 * held for it; it lets go with its own end.
 */
export class LiveReader<E extends LiveEvent> extends Readable implements FeedReader<E> {
  next: number | undefined
  #past: Readable | undefined
  /** The last item that it was given, or that was not for it. */
  #last: string | undefined
  /** Where the ring stood when the past was opened, whether the feed had ended then, and whether anything has come of it since. */
  #joinedAt = 0
  #isAfterEnd = false
  #came = false
  #missed: number | null = 0
  #timer: NodeJS.Timeout | undefined
  #overTimer: NodeJS.Timeout | undefined
  #waiting = false
  #lagMs = LAG_MS

  /** The feed is held by whoever calls. */
  constructor (private readonly feed: Feed<E>, private readonly options: LiveReaderOptions<E>) {
    super({ objectMode: true, highWaterMark: options.newest === true ? 1 : 16 })
    this.next = options.from
  }

  /** Settles when the past is open. @throws the engine's refusal */
  async begin (): Promise<this> {
    this.feed.enter(this)
    try {
      if (this.next === undefined) await this.#openPast()
      this.#wakeWhenOver()
      return this
    } catch (error) {
      this.destroy()
      throw error
    }
  }

  /** A timer takes no more than 24 days. */
  #wakeWhenOver (): void {
    const { over } = this.options
    if (over === undefined || this.destroyed) return
    const left = over.atMs - Date.now()
    if (left <= 0) this.news()
    else this.#overTimer = setTimeout(() => { this.#wakeWhenOver() }, Math.min(left, 2_000_000_000))
  }

  news (): void {
    if (this.#waiting) this._read()
  }

  missed (event: E): void {
    this.next = (this.next ?? 0) + 1
    if (this.#missed === null || !this.options.wants(event)) return
    if (event.type === 'dropped') this.#missed = null
    else this.#missed++
  }

  override _read (): void {
    this.#waiting = false
    if (this.next === undefined) this.#past?.resume()
    else this.#readRing(this.next)
  }

  override _destroy (error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#overTimer)
    this.#past?.destroy()
    this.feed.leave(this)
    this.feed.release()
    done(error)
  }

  #readRing (from: number): void {
    const { ring } = this.feed
    let number = from
    for (let open = this.#tellMissed(); open;) {
      const event = ring.at(number)
      if (event === undefined) { this.#atHead(); return }
      this.next = ++number
      this.feed.took(number)
      if (this.options.wants(event)) open = this.push(event)
    }
  }

  #tellMissed (): boolean {
    const count = this.#missed
    this.#missed = 0
    return count === 0 || this.options.newest === true || this.push({ type: 'dropped', count } satisfies Dropped)
  }

  #atHead (): void {
    const { over } = this.options
    const end = over !== undefined && over.atMs <= Date.now() ? over : this.feed.end
    this.#waiting = end === undefined
    if (end === undefined) return
    if ('failure' in end) { this.destroy(end.failure); return }
    this.push(end.event)
    this.push(null)
  }

  async #openPast (): Promise<void> {
    const { ring } = this.feed
    this.#joinedAt = ring.next
    this.#isAfterEnd = this.feed.end !== undefined
    this.#came = false
    const past = await this.options.past?.(this.#last)
    if (past === undefined) throw new Error('a reader of the past has no way to open it')
    if (this.destroyed) { past.destroy(); return }
    this.#past = past
    past.on('data', (event: E) => { this.#takePast(past, event) })
    finished(past, error => { if (this.#past === past) this.#pastEnded(error) })
    past.resume()
  }

  #takePast (past: Readable, event: E): void {
    if (this.#past !== past) return
    this.#came = true
    const place = event.cursor === undefined ? undefined : this.feed.ring.placeOf(event.cursor)
    if (place !== undefined) { this.#join(place); return }
    // Behind what is not there any more, nobody knows where one stands.
    this.#last = event.type === 'dropped' ? undefined : event.cursor ?? this.#last
    if (this.options.wants(event) && !this.push(event)) past.pause()
  }

  /**
   * All of the past has come, and nothing of it was in the ring. Either its last item is newer than what the ring has:
   * then it comes there yet, unless the feed has ended before. Or the ring has moved on meanwhile: then there is more to
   * read. Or there was nothing at all.
   */
  #pastEnded (error: Error | null | undefined): void {
    this.#past = undefined
    if (error != null) { this.#pastFailed(failureOf(error)); return }
    const { ring } = this.feed
    const place = this.#last === undefined ? undefined : ring.placeOf(this.#last)
    if (place !== undefined) this.#join(place + 1)
    else if (this.#last === undefined && ring.first <= this.#joinedAt) this.#join(this.#joinedAt)
    else if (!this.#came && this.#isAfterEnd) this.#join(ring.next)
    else this.#later(this.#lagMs = Math.min(2 * this.#lagMs, LOST_MS))
  }

  /** What is left of it when it is gone is what the ring has. An engine that went away is looked for by the feed. */
  #pastFailed (failure: Failure): void {
    if (this.destroyed) return
    if (failure.code === 'not-found' || failure.code === 'conflict') {
      this.push({ type: 'dropped', count: null } satisfies Dropped)
      this.#join(this.feed.ring.first)
    } else if (isLoss(failure) && this.feed.end === undefined) this.#later(LOST_MS)
    else this.destroy(failure)
  }

  /** Looks again what there is behind the last item. */
  #later (ms: number): void {
    this.#timer = setTimeout(() => { this.#openPast().catch((error: unknown) => { this.#pastFailed(failureOf(error)) }) }, ms)
  }

  #join (place: number): void {
    const past = this.#past
    this.#past = undefined
    past?.destroy()
    this.next = place
    // Not at once: the past may be in the middle of telling.
    setImmediate(() => { if (!this.destroyed) this._read() })
  }
}
