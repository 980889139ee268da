import { finished } from 'node:stream/promises'
import { MOST_MESSAGES, type EngineLog, type Told } from '../container-log.js'
import type { LogEvent, LogStreamEvent } from '../models/log.js'
import { SKEW_NANOS, positionOf, type Position } from '../streams/log-position.js'
import { isoNanos } from '../times.js'
import { Ring } from './ring.js'

/** What is kept of the lines that were looked at; where that is not enough they are read again. */
const KEPT_CHARACTERS = 1024 * 1024

export interface TailOptions {
  /** How many lines. */
  readonly count: number
  /** Which of them count. */
  readonly wants: (event: LogStreamEvent) => boolean
  /** Nothing older is wanted. */
  readonly since?: bigint
}

/** From where lines are counted: the first of them, its number in the ring, and how many there are. */
interface Start { readonly line: Position, readonly number: number, lines: number }

/** The last messages of a log, and the lines in them that are wanted. */
export class TailWindow {
  readonly #ring = new Ring<LogEvent>(KEPT_CHARACTERS, ({ text }) => text.length)
  #first: Start | undefined
  /** Behind the last line of which nobody knows yet where it begins. */
  #sure: Start | undefined
  #oldest: bigint | undefined
  #last: LogEvent | undefined
  #lastSure: LogEvent | undefined
  #whole = false

  constructor (private readonly options: TailOptions, readonly messages: number) {}

  /** Reads them to their end. */
  async read (log: EngineLog, end: Told['end'], signal?: AbortSignal): Promise<this> {
    const wants = (event: LogStreamEvent, doubtful: boolean) => { if (event.type === 'log') this.#take(event, doubtful); return false }
    const lines = await log.read({ messages: this.messages }, { end, wants }, signal)
    await finished(lines.resume())
    this.#whole = this.messages > MOST_MESSAGES || lines.messages < this.messages
    return this
  }

  /** Whether all that is wanted of the whole log is here. */
  get whole (): boolean { return this.#whole && this.#ring.first === 0 }

  /** The last line whose place in the log is known, wanted or not. */
  get last (): LogEvent | undefined { return this.#whole ? this.#last : this.#lastSure }

  /** Whether so many lines, or all that can be wanted, are here from their beginning. */
  has (count: number): boolean {
    return this.#whole || (this.#sure?.lines ?? 0) >= count || (this.#reachesBack && this.#first === this.#sure)
  }

  /** Where the lines begin that are known to be whole. */
  get start (): Start | undefined { return this.#whole ? this.#first : this.#sure }

  /** The last so many of these; undefined where not all of them were kept. */
  kept (count: number): LogEvent[] | undefined {
    const { start } = this
    const begin = start === undefined || count === 0 ? this.#ring.next : this.#beginOf(count, start)
    return begin < this.#ring.first ? undefined : this.#ring.from(begin)
  }

  /** All of these, as far as they were kept. */
  tail (): LogEvent[] { return this.start === undefined ? [] : this.#ring.from(this.start.number) }

  /** The number of the first event of the last so many lines. One over 1 MiB is several events, each but the last `partial`. */
  #beginOf (count: number, { number: first, lines }: Start): number {
    let number = this.#ring.next
    for (let left = Math.min(count, lines) + 1; number > first; number--) {
      const before = this.#ring.at(number - 1)
      if (before === undefined) return -1
      if (before.partial !== true && --left === 0) return number
    }
    return number
  }

  get #reachesBack (): boolean {
    const { since } = this.options
    return since !== undefined && this.#oldest !== undefined && this.#oldest < since - SKEW_NANOS
  }

  #take (event: LogEvent, doubtful: boolean): void {
    this.#oldest ??= isoNanos(event.time)
    this.#last = event
    if (!doubtful) this.#lastSure = event
    if (!this.options.wants(event)) return
    const start = { line: positionOf(event.cursor), number: this.#ring.next, lines: 0 }
    this.#first ??= start
    this.#sure = doubtful ? undefined : this.#sure ?? start
    this.#ring.append(event)
    if (event.partial === true) return
    this.#first.lines++
    if (this.#sure !== undefined && this.#sure !== this.#first) this.#sure.lines++
  }
}
