import { Transform, type TransformCallback } from 'node:stream'
import { isoNanos } from '../times.js'
import type { Piece } from './demultiplex.js'

/** Docker cuts a longer line into messages of this size, each with a time of its own. */
export const MESSAGE_BYTES = 16 * 1024
/** A time and the space behind it; of a longer head the reader says what is wrong. */
const HEAD_BYTES = 64
const WAITING = 16
const [SPACE, NEWLINE] = [0x20, 0x0a]
/** A time as engines write it, in the middle of a line. */
const INNER_TIME = /(?<=[^\n])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d) /g

/** Whether the engine's log has a message with this time, in nanoseconds since 1970. */
export type HasMessage = (nanos: bigint) => Promise<boolean>

/**
 * A terminal's log is one stream without frames. A message begins behind a newline; where the one before ended without
 * (its line was cut, or its container's run ended), it begins in the middle of a line, with a time. A program may print a
 * time as well: that one is earlier than the message it stands in, unless it lies ahead, and then the engine is asked.
 * Bytes in, {@link Piece}s out, of which the last of a message without a newline says so.
 */
export class TerminalMessages extends Transform {
  #held: Buffer = Buffer.alloc(0)
  /** When the message being read was written; undefined: its time comes yet. */
  #time: bigint | undefined
  /** Bytes of its text before what is held. */
  #textBytes = 0

  constructor (private readonly hasMessage: HasMessage) {
    super({ readableObjectMode: true, readableHighWaterMark: WAITING })
  }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#take(data).then(() => { done() }, done)
  }

  override _flush (done: TransformCallback): void {
    this.#emit(this.#held, false)
    done()
  }

  async #take (data: Buffer): Promise<void> {
    const inner = innerTimes(data)
    // Nothing but whole messages, up to the last newline.
    let at = inner.length === 0 ? this.#skipMessages(data) : 0
    let from = 0
    while (at < data.length) {
      const text = this.#readHead(data, at)
      if (text === undefined) break
      const end = data.indexOf(NEWLINE, text)
      const next = await this.#nextMessage(data, text, end < 0 ? data.length : end, inner)
      if (next !== undefined) { this.#emit(data.subarray(from, next), true); from = next }
      at = next ?? (end < 0 ? this.#keepText(data, text) : end + 1)
      if (next === undefined && end < 0) break
      this.#time = undefined
    }
    this.#emit(data.subarray(from, at), false)
    // A copy: a few bytes that are kept must not keep 64 KiB alive.
    this.#held = Buffer.from(data.subarray(at))
  }

  #skipMessages (data: Buffer): number {
    const end = data.lastIndexOf(NEWLINE) + 1
    if (end > 0) this.#time = undefined
    return end
  }

  /** Where the message's text begins; undefined where its time is not here yet. */
  #readHead (data: Buffer, at: number): number | undefined {
    if (this.#time !== undefined) return at
    const space = data.indexOf(SPACE, at)
    if (space < 0 && data.length - at <= HEAD_BYTES) return undefined
    this.#time = isoNanos(data.toString('latin1', at, space)) ?? 0n
    this.#textBytes = 0
    return space + 1
  }

  /** Where, before the end of its line, another message begins. */
  async #nextMessage (data: Buffer, text: number, end: number, inner: number[]): Promise<number | undefined> {
    for (let at = inner[0]; at !== undefined && at < end; at = inner[0]) {
      inner.shift()
      if (at >= text && await this.#isMessage(data, text, at)) return at
    }
    return undefined
  }

  async #isMessage (data: Buffer, text: number, at: number): Promise<boolean> {
    if (this.#textBytes + at - text === MESSAGE_BYTES) return true
    const nanos = isoNanos(data.toString('latin1', at, data.indexOf(SPACE, at))) ?? 0n
    const isPossible = nanos >= (this.#time ?? 0n) && nanos <= BigInt(Date.now() + CLOCKS_MS) * 1_000_000n
    return isPossible && await this.hasMessage(nanos)
  }

  /** Of a line that is not whole yet all but what may be the beginning of a time. */
  #keepText (data: Buffer, text: number): number {
    const at = Math.max(text, data.length - HEAD_BYTES)
    this.#textBytes += at - text
    return at
  }

  #emit (data: Buffer, last: boolean): void {
    if (data.length > 0) this.push({ stream: 'stdout', data, last } satisfies Piece)
  }
}

/** How far the clock of an engine may be ahead. */
const CLOCKS_MS = 60_000

const innerTimes = (data: Buffer): number[] => Array.from(data.toString('latin1').matchAll(INNER_TIME), ({ index }) => index)
