import type { LogEvent, LogStreamEvent } from '../models/log.js'

/**
 * Where a line stands: the nth of its output with this time. That is unique, since the times of one output do not run
 * backwards; between the two outputs they do, so that a time alone says nothing of what comes behind it.
 */
export interface Position { readonly stream: LogEvent['stream'], readonly nanos: bigint, readonly nth: number }

/**
 * How far times may run backwards between the two outputs: as long as the engine can be held up between looking at its
 * clock and writing the line. A log is read from so far before a line to find everything behind it.
 */
export const SKEW_NANOS = 10_000_000_000n

const LETTERS = { stdout: 'o', stderr: 'e' } as const

export const cursorOf = ({ stream, nanos, nth }: Position): string => `${nanos}-${nth}${LETTERS[stream]}`

/** The pattern of a cursor, for the input's schema. */
export const cursorPattern = '^\\d{1,19}-\\d{1,9}[oe]$'

export function positionOf (cursor: string): Position {
  const [nanos = '0', nth = '0'] = cursor.slice(0, -1).split('-')
  return { stream: cursor.endsWith(LETTERS.stderr) ? 'stderr' : 'stdout', nanos: BigInt(nanos), nth: Number(nth) }
}

/** What waits for a line that may not be there any more. */
const HELD_CHARACTERS = 1024 * 1024

/**
 * Leaves out what stands in the log up to a line, and that line: by the order of the log, not by time. Where the line is
 * not there any more, the engine has rotated it away with everything before it: what is left is told, behind a `dropped`.
 */
export class BehindLine {
  readonly #line: Position
  #passed = false
  /** What is behind the line, unless the line comes yet. */
  #held: LogEvent[] = []
  #characters = 0

  /**
   * @param exact that the line has passed is told by the line itself, and not by a later time
   * @param inclusive that line is told as well
   */
  constructor (line: Position, private readonly exact = false, private readonly inclusive = false) { this.#line = line }

  /** What can be told, now that this line has come. */
  take (event: LogEvent, { stream, nanos, nth }: Position): LogStreamEvent[] {
    if (this.#passed) return [event]
    const line = this.#line
    const isLine = stream === line.stream && nanos === line.nanos && nth === line.nth
    if (stream !== line.stream || (this.exact && !isLine)) { this.#hold(event); return [] }
    this.#passed = nanos > line.nanos || (nanos === line.nanos && nth >= line.nth)
    if (this.#passed && !isLine) return [...this.rest(true), event]
    this.#release()
    return isLine && this.inclusive ? [event] : []
  }

  /** What is to be told where no more lines come. */
  rest (gone = !this.#passed): LogStreamEvent[] {
    return gone ? [{ type: 'dropped', count: null }, ...this.#release()] : []
  }

  #hold (event: LogEvent): void {
    this.#held.push(event)
    this.#characters += event.text.length
    while (this.#characters > HELD_CHARACTERS) this.#characters -= this.#held.shift()?.text.length ?? 0
  }

  #release (): LogEvent[] {
    const held = this.#held
    this.#held = []
    this.#characters = 0
    return held
  }
}
