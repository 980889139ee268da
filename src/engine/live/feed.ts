import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure, failureOf } from '../../lib/errors.js'
import { Ring, type LiveEvent } from './ring.js'

/** How a feed behaves. */
export interface LiveLimits {
  /** How far a reader may lag behind. */
  readonly readerBytes: number
  /** How long an engine that went away is looked for, in milliseconds. */
  readonly reconnectMs: number
  /** How long everybody waits for a reader where none is faster. */
  readonly patienceMs: number
  /** After how long without a word a log that rotates is looked at: engines forget who follows one. */
  readonly quietMs: number
}

export const LIVE_LIMITS: LiveLimits = { readerBytes: 1024 * 1024, reconnectMs: 15_000, patienceMs: 5000, quietMs: 10_000 }

/** The fastest reader is given so much of a reader's room before the engine is asked for more. */
const LEAD = 0.25
/** Between two looks for an engine that went away. */
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [100, 2000]

/** Who reads a feed; told when there is something new, and what was thrown away unread. */
export interface FeedReader<E> {
  /** The number of the next item it takes; undefined while it is not reading from the ring. */
  readonly next: number | undefined
  news (): void
  missed (event: E): void
}

/** How a feed ended: the last item, or what went wrong. */
export type FeedEnd<E> = { readonly event: E } | { readonly failure: Failure }

/**
 * One stream from the engine, for everybody who reads it. It goes on at the pace of its fastest reader; who lags too far
 * behind loses what gives way. An engine that goes away is looked for, and the stream goes on behind its last item.
 */
export abstract class Feed<E extends LiveEvent> {
  readonly ring: Ring<E>
  /** Whether the engine waits for who reads from it; one that does not is read as fast as it tells. */
  protected readonly paced: boolean = true
  readonly #readers = new Set<FeedReader<E>>()
  #source: Readable | undefined
  #opened: Promise<void> | undefined
  #holders = 0
  #end: FeedEnd<E> | undefined
  #closed = false
  /** Since when nothing has come of the engine, for all that was tried. */
  #lostSince: number | undefined
  #followedAt = 0
  /** As far as the fastest reader has come. */
  #leader = 0
  #room: (() => void) | undefined
  /** Whether the fastest reader took nothing for too long. */
  #stalled = false

  constructor (protected readonly limits: LiveLimits, sizeOf: (event: E) => number) {
    this.ring = new Ring(limits.readerBytes, sizeOf)
  }

  /** Before the first stream; fills the ring with what readers may want of the past. @throws the engine's refusal */
  protected abstract begin (): Promise<void>
  /** A stream of what comes behind the ring's last item. @throws the engine's refusal */
  protected abstract follow (): Promise<Readable>
  /** The engine has ended the stream, and the connection was not cut. @returns the last item; undefined: it goes on */
  protected abstract ended (): Promise<E | undefined>
  /** What a refusal means of what was followed before; undefined where it is the end of it. */
  protected gone (_failure: Failure): E[] | undefined { return undefined }

  get end (): FeedEnd<E> | undefined { return this.#end }
  /** Whether somebody may still join. */
  get joinable (): boolean { return this.#end === undefined && !this.#closed }

  /** Settles when it can be read; whoever holds it lets go of it. @throws the engine's refusal, for all who wait */
  async hold (): Promise<void> {
    this.#holders++
    try { await (this.#opened ??= this.#open()) } catch (error) {
      this.release()
      throw error
    }
  }

  release (): void {
    if (--this.#holders === 0) this.close()
  }

  enter (reader: FeedReader<E>): void { this.#readers.add(reader) }

  leave (reader: FeedReader<E>): void {
    this.#readers.delete(reader)
    this.#leader = Math.max(0, ...[...this.#readers].map(({ next = 0 }) => next))
    this.#makeRoom()
  }

  /** A reader has come so far. */
  took (next: number): void {
    if (next <= this.#leader) return
    this.#leader = next
    this.#stalled = false
    if (this.#room !== undefined && !this.#isAhead()) this.#makeRoom()
  }

  close (): void {
    this.#closed = true
    this.#source?.destroy()
    this.#makeRoom()
    this.onClose()
  }

  /** Told once nobody reads any more, or the end has come. */
  onClose: () => void = () => {}

  protected append (event: E): void {
    const evicted = this.ring.append(event)
    evicted.forEach((old, index) => { this.#evicted(old, this.ring.first - evicted.length + index) })
    for (const reader of this.#readers) reader.news()
  }

  /** Relays a stream into the ring, to its end. */
  protected async relay (source: Readable): Promise<void> {
    this.#source = source
    this.#followedAt = performance.now()
    if (this.#closed) source.destroy()
    for await (const event of source as AsyncIterable<E>) {
      // To be told again what was told before is no way on.
      const isNew = event.cursor === undefined || this.ring.placeOf(event.cursor) === undefined
      this.append(event)
      if (isNew) this.#lostSince = undefined
      if (this.#isAhead()) await this.#roomMade()
    }
  }

  async #open (): Promise<void> {
    try {
      await this.begin()
      void this.#run(await this.follow())
    } catch (error) {
      this.close()
      throw error
    }
  }

  async #run (first: Readable): Promise<void> {
    let source: Readable | undefined = first
    while (source !== undefined && !this.#closed) {
      try {
        await this.relay(source)
        const last: E | undefined = await this.ended()
        if (last !== undefined) { this.#finish({ event: last }); return }
        source = await this.follow()
      } catch (error) { source = await this.#again(failureOf(error)) }
    }
    // The last reader may have left while the engine was asked once more.
    if (this.#closed) source?.destroy()
  }

  /** Goes on behind the last item as soon as the engine answers. undefined: there is nothing to go on with. */
  async #again (lost: Failure): Promise<Readable | undefined> {
    const now = performance.now()
    if (now - this.#followedAt > this.limits.reconnectMs) this.#lostSince = undefined
    this.#lostSince ??= now
    let failure = lost
    for (let wait = FIRST_LOOK_MS; isLoss(failure); wait = Math.min(2 * wait, LAST_LOOK_MS)) {
      if (this.#closed) return undefined
      if (performance.now() - this.#lostSince > this.limits.reconnectMs) break
      await delay(wait, undefined, { ref: false })
      try { return await this.follow() } catch (error) { failure = failureOf(error) }
    }
    const last = this.gone(failure)
    last?.slice(0, -1).forEach(event => { this.append(event) })
    const end = last?.at(-1)
    this.#finish(end === undefined ? { failure } : { event: end })
    return undefined
  }

  #finish (end: FeedEnd<E>): void {
    if (this.#closed) return
    this.#end = end
    this.onClose()
    for (const reader of this.#readers) reader.news()
  }

  #evicted (event: E, number: number): void {
    for (const reader of this.#readers) if (reader.next === number) reader.missed(event)
  }

  /** Whether even the fastest reader has enough to do. */
  #isAhead (): boolean {
    if (!this.paced || this.#closed || this.#stalled || this.ring.sizeFrom(Math.max(this.#leader, this.ring.first)) <= LEAD * this.limits.readerBytes) return false
    return [...this.#readers].some(({ next }) => next !== undefined)
  }

  /** Settles when a reader has made room, or nobody takes anything: then they lose what gives way. */
  async #roomMade (): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(() => { this.#stalled = true; resolve() }, this.limits.patienceMs)
      this.#room = () => { clearTimeout(timer); resolve() }
    })
    this.#room = undefined
  }

  #makeRoom (): void { this.#room?.() }
}

/** Whether the engine has gone away, and may be back. */
export const isLoss = ({ code }: Failure): boolean => code === 'host-unreachable' || code === 'host-timeout'
