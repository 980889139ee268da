import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { failureOf, hostUnreachable, type Failure } from '../../errors.js'
import { endOf } from '../container-end.js'
import type { EngineLog } from '../logs.js'
import type { LogEvent, LogStreamEvent } from '../models/log.js'
import { positionOf, type Position } from '../streams/log-position.js'
import { rotates, watchFollow } from './forgotten.js'
import { Feed, type LiveLimits } from './feed.js'

/** The longest line is 64 messages of the engine's: of so many, the last line is whole. */
const PAST_MESSAGES = 130

/** How a container stands; null: it has been removed. */
export type Inspect = () => Promise<Docker.ContainerInspectInfo | null>

/** A container's log, from its last lines on to its end. */
export class LogFeed extends Feed<LogStreamEvent> {
  /** Whether the ring began with the first line of the log. */
  #whole = false
  #last: Position | undefined

  constructor (private readonly host: string, private readonly log: EngineLog, private readonly inspect: Inspect, limits: LiveLimits) {
    super(limits, event => event.type === 'log' ? event.text.length : 0)
  }

  /** Whether the ring has the log from its first line on. */
  get whole (): boolean { return this.#whole && this.ring.first === 0 }

  /** A log that begins in the middle may begin in the middle of a line: that is left out. */
  protected override async begin (): Promise<void> {
    const lines = await this.log.read({ tail: String(PAST_MESSAGES) })
    const past: LogStreamEvent[] = []
    for await (const event of lines as AsyncIterable<LogStreamEvent>) past.push(event)
    this.#whole = lines.messages < PAST_MESSAGES
    for (const event of past.slice(this.#whole ? 0 : 1)) this.append(event)
  }

  protected override async follow (): Promise<Readable> {
    const source = await this.log.follow({ after: this.#last })
    if (rotates(this.log.container)) watchFollow(source, this.limits.quietMs, () => this.#last, async () => await this.#isBehind())
    return source
  }

  /** Whether the log has a line that is newer than all that was told. */
  async #isBehind (): Promise<boolean> {
    let newest: LogStreamEvent | undefined
    for await (const event of await this.log.read({ tail: '1' }) as AsyncIterable<LogStreamEvent>) newest = event
    return newest?.type === 'log' && positionOf(newest.cursor).nanos > (this.#last?.nanos ?? -1n)
  }

  /** Up to 20.10 an engine stops at a container's exit even where it has not sent everything yet: the rest is read. */
  protected override async ended (): Promise<LogStreamEvent | undefined> {
    await this.relay(await this.log.read({ after: this.#last }, { end: 'all' }))
    return await this.#ending()
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

  /** @throws where the engine tells a line again: its reader has lost its place, and goes on behind what was told */
  protected override append (event: LogStreamEvent): void {
    if (event.type === 'log') this.#tell(event)
    super.append(event)
  }

  #tell ({ cursor }: LogEvent): void {
    const position = positionOf(cursor)
    const isBack = position.nanos < (this.#last?.nanos ?? 0n)
    if (isBack && this.ring.placeOf(cursor) !== undefined) throw hostUnreachable(`host ${this.host} told a line of a log twice`)
    if (!isBack) this.#last = position
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
