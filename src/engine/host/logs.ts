import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { EventStream } from '../../model/streams.js'
import type { Connection } from '../connection/connection.js'
import type { LiveLimits } from '../live/feed.js'
import { Feeds } from '../live/feeds.js'
import { readTail } from '../live/log-tail.js'
import { LogFeed, type Inspect } from '../live/log-feed.js'
import { LiveReader } from '../live/reader.js'
import type { Ring } from '../live/ring.js'
import { EngineLog, type LogRange } from '../container-log.js'
import type { LogStreamEvent } from '../models/log.js'
import { cursorOf, positionOf, SKEW_NANOS } from '../streams/log-position.js'
import { isoNanos, nanosOf } from '../times.js'

/** What of a log is wanted, as a call has it. */
export interface LogOptions {
  readonly follow?: boolean
  readonly tail?: string
  readonly since?: string
  readonly until?: string
  readonly stdout?: boolean
  readonly stderr?: boolean
  readonly after?: string
}

const COMPLETE = { type: 'end', reason: 'complete' } as const
/** What an engine may take to tell of a line. */
const GRACE_MS = 500

/** What of a log a call is about. */
interface Wanted extends Pick<LogRange, 'since' | 'until' | 'after'> {
  /** How many lines. */
  readonly tail?: number
}

type Wants = (event: LogStreamEvent) => boolean

/** The logs of one host's containers; who follows the same log shares one stream from the engine. */
export class HostLogs {
  readonly feeds = new Feeds<LogFeed>()

  constructor (private readonly connection: Connection, private readonly limits: LiveLimits) {}

  /** Settles once the engine has accepted. */
  async open (container: Docker.ContainerInspectInfo, options: LogOptions, inspect: Inspect, signal: AbortSignal): Promise<EventStream<LogStreamEvent>> {
    const range = rangeOf(options)
    const log = new EngineLog(this.connection, container)
    const isPast = range.until !== undefined && range.until < BigInt(Date.now()) * 1_000_000n
    if (options.follow !== true || isPast) return await readOnce(log, range, wantedBy(options, range), signal)
    const feed = await this.feeds.hold(container.Id, () => new LogFeed(this.connection.name, log, inspect, this.limits))
    return await readLive(feed, log, range, wantedBy(options, range))
  }
}

function rangeOf ({ tail, since, until, after }: LogOptions): Wanted {
  return {
    // Behind a line nothing may be left out.
    tail: tail === undefined || tail === 'all' || after !== undefined ? undefined : Number(tail),
    since: since === undefined ? undefined : nanosOf('since', since),
    until: until === undefined ? undefined : nanosOf('until', until),
    after: after === undefined ? undefined : positionOf(after)
  }
}

/** What a call wants of a log's lines; whatever else is told is for everybody. */
function wantedBy ({ stdout = true, stderr = true }: LogOptions, { since, until }: Wanted): Wants {
  const outputs = { stdout, stderr }
  return event => {
    if (event.type !== 'log') return true
    if (!outputs[event.stream]) return false
    if (since === undefined && until === undefined) return true
    const nanos = isoNanos(event.time) ?? 0n
    return (since === undefined || nanos >= since) && (until === undefined || nanos <= until)
  }
}

async function readOnce (log: EngineLog, { tail: count, ...range }: Wanted, wants: Wants, signal: AbortSignal): Promise<Readable> {
  const told = { end: 'all', ending: async () => COMPLETE } as const
  if (count === undefined) return await log.read(range, { ...told, wants }, signal)
  return await readTail(log, { count, wants, since: range.since }, told, signal)
}

async function readLive (feed: LogFeed, log: EngineLog, range: Wanted, wants: Wants): Promise<Readable> {
  const past = async (after: string | undefined) => await (after === undefined ? readPast(log, range, wants) : log.read({ after: positionOf(after) }))
  const over = range.until === undefined ? undefined : { atMs: Number(range.until / 1_000_000n) + GRACE_MS, event: COMPLETE }
  return await new LiveReader(feed, { from: placeIn(feed, range, wants), past, wants, over }).begin()
}

async function readPast (log: EngineLog, { tail: count, ...range }: Wanted, wants: Wants): Promise<Readable> {
  if (count === undefined) return await log.read(early(range))
  return await readTail(log, { count, wants, since: range.since }, { end: 'sofar', all: true })
}

/** Times run backwards between the outputs: who has to find the end of it in the ring reads from before. */
const early = ({ since, ...range }: LogRange): LogRange => ({ ...range, since: since === undefined || since < SKEW_NANOS ? undefined : since - SKEW_NANOS })

/** Where in the ring a reader begins; undefined where the ring does not go back so far. */
function placeIn ({ ring, whole }: LogFeed, { after, tail, since }: Wanted, wants: Wants): number | undefined {
  if (after !== undefined) {
    const place = ring.placeOf(cursorOf(after))
    return place === undefined ? undefined : place + 1
  }
  if (tail !== undefined) return lastLines(ring, tail, wants) ?? (whole ? 0 : undefined)
  const oldest = ring.at(ring.first)
  const reaches = since !== undefined && oldest?.type === 'log' && (isoNanos(oldest.time) ?? since) < since - SKEW_NANOS
  return whole || reaches ? ring.first : undefined
}

function lastLines (ring: Ring<LogStreamEvent>, count: number, wants: Wants): number | undefined {
  let number = ring.next
  for (let left = count; left > 0;) {
    if (--number < ring.first) return undefined
    const event = ring.at(number)
    if (event?.type === 'log' && event.partial !== true && wants(event)) left--
  }
  return number
}
