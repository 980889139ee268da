import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { failureOf, hostUnreachable, type Failure } from '../../lib/errors.js'
import { endOf } from '../container-end.js'
import type { EngineLog } from '../container-log.js'
import type { LogEvent, LogStreamEvent } from '../models/log.js'
import { SKEW_NANOS, positionOf, type Position } from '../streams/log-position.js'
import { rotates, watchFollow } from './forgotten.js'
import { Feed, type LiveLimits } from './feed.js'
import { lastLines } from './log-tail.js'

/** The longest line is 64 messages of the engine's: of so many, the last line is as a rule whole. */
const PAST_MESSAGES = 130

/** How much of what comes next is surely in the log's order: of a follow while the engine rotates, no more than its first line. */
type Trust = 'all' | 'first' | 'none'

/** How a container stands; null: it has been removed. */
export type Inspect = () => Promise<Docker.ContainerInspectInfo | null>

/** A container's log, from its last lines on to its end. */
export class LogFeed extends Feed<LogStreamEvent> {
  /** Whether the ring began with the first line of the log. */
  #whole = false
  /** The line that was told last, by the order of the log: times run backwards between the two outputs. */
  #last: Position | undefined
  /** The last of each output, whose own times do not run backwards unless somebody sets the engine's clock. */
  readonly #lasts: Partial<Record<Position['stream'], Position>> = {}
  #trust: Trust = 'all'
  /** Whether somebody seems to have set the clock back: times don't say any more what stands behind a line. */
  #isBack = false

  constructor (private readonly host: string, private readonly log: EngineLog, private readonly inspect: Inspect, limits: LiveLimits) {
    super(limits, event => event.type === 'log' ? event.text.length : 0)
  }

  /** Whether the ring has the log from its first line on. */
  get whole (): boolean { return this.#whole && this.ring.first === 0 }

  /** A log that begins in the middle may begin in the middle of a line of either output: the ring begins behind both. */
  protected override async begin (): Promise<void> {
    const { lines, whole } = await lastLines(this.log, PAST_MESSAGES)
    this.#whole = whole
    for (const event of lines) this.append(event)
  }

  protected override async follow (): Promise<Readable> {
    // A line that is looked for exactly may be gone, and whoever follows would wait for it: what there is by now is read first.
    if (this.#isBack) await this.#read('sofar')
    const source = await this.log.follow({ after: this.#last, exact: this.#isBack })
    if (!rotates(this.log.container)) return source
    this.#trust = 'first'
    watchFollow(source, this.limits.quietMs, () => this.#last, async () => await this.#isBehind())
    return source
  }

  /** Whether the log ends with another line than the one that was told last. */
  async #isBehind (): Promise<boolean> {
    const newest = (await lastLines(this.log, 2)).lines.at(-1)
    if (newest?.type !== 'log') return false
    const { stream, nanos } = positionOf(newest.cursor)
    if (nanos < (this.#last?.nanos ?? 0n) - SKEW_NANOS) this.#isBack = true
    return nanos !== this.#last?.nanos || stream !== this.#last.stream
  }

  /** Up to 20.10 an engine stops at a container's exit even where it has not sent everything yet: the rest is read. */
  protected override async ended (): Promise<LogStreamEvent | undefined> {
    await this.#read('all')
    return await this.#ending()
  }

  /** What there is behind the last line. */
  async #read (end: 'sofar' | 'all'): Promise<void> {
    this.#trust = 'all'
    await this.relay(await this.log.read({ after: this.#last, exact: this.#isBack }, { end }))
  }

  /** Removed while nobody looked: nobody can know whether something was missing. */
  protected override gone ({ code }: Failure): LogStreamEvent[] | undefined {
    return code === 'not-found' || code === 'conflict' ? [{ type: 'dropped', count: null }, { type: 'end', reason: 'removed' }] : undefined
  }

  /** What an engine says in the middle of a log when it has lost its place there is no end of the log: it is asked again. */
  protected override async relay (source: Readable): Promise<void> {
    try { await super.relay(source) } catch (error) {
      const { code, detail } = failureOf(error)
      throw code === 'engine-error' ? hostUnreachable(`host ${this.host} broke off a log: ${detail}`, { cause: error }) : error
    }
  }

  /**
   * @throws where the engine seems to tell a line again: rotating the log it has lost its place, or somebody has set its
   * clock back. It is asked once more for what stands behind the last line.
   */
  protected override append (event: LogStreamEvent): void {
    if (event.type === 'log') this.#tell(event)
    // The line that was told last is not there any more.
    else if (event.type === 'dropped') this.#last = undefined
    super.append(event)
  }

  #tell ({ cursor }: LogEvent): void {
    const position = positionOf(cursor)
    const isBack = isUpTo(position, this.#lasts[position.stream])
    if (isBack && this.ring.placeOf(cursor) === undefined) this.#isBack = true
    if (isBack && this.#trust === 'none') throw hostUnreachable(`host ${this.host} told a line of a log twice`)
    if (this.#trust === 'first') this.#trust = 'none'
    this.#last = position
    this.#lasts[position.stream] = position
  }

  /** Why it has ended: as a rule because its container has. */
  async #ending (): Promise<LogStreamEvent> {
    const info = await this.inspect()
    if (info?.State.Status === 'created') return { type: 'end', reason: 'complete' }
    const end = endOf(info)
    if (end !== undefined) return end
    // It runs again; what it exited with is no longer known.
    if (info?.State.StartedAt !== this.log.container.State.StartedAt) return { type: 'end', reason: 'exited' }
    throw hostUnreachable(`host ${this.host} ended the log of a container that still runs`)
  }
}

/** Whether one line of an output stands no further on than another. */
const isUpTo = ({ nanos, nth }: Position, last: Position | undefined): boolean =>
  last !== undefined && (nanos < last.nanos || (nanos === last.nanos && nth <= last.nth))
