import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { EventStream } from '../../operation/define.js'
import type { Connection } from '../connection.js'
import type { LiveLimits } from '../live/feed.js'
import { Feeds } from '../live/feeds.js'
import { LogFeed, type Inspect } from '../live/log-feed.js'
import { LiveReader } from '../live/reader.js'
import type { Ring } from '../live/ring.js'
import { EngineLog, type LogRange } from '../logs.js'
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

function rangeOf ({ tail, since, until, after }: LogOptions): LogRange {
  return {
    tail,
    since: since === undefined ? undefined : nanosOf('since', since),
    until: until === undefined ? undefined : nanosOf('until', until),
    after: after === undefined ? undefined : positionOf(after)
  }
}

/** What a call wants of a log's lines; whatever else is told is for everybody. */
function wantedBy ({ stdout = true, stderr = true }: LogOptions, { since, until }: LogRange): Wants {
  const outputs = { stdout, stderr }
  return event => {
    if (event.type !== 'log') return true
    if (!outputs[event.stream]) return false
    if (since === undefined && until === undefined) return true
    const nanos = isoNanos(event.time) ?? 0n
    return (since === undefined || nanos >= since) && (until === undefined || nanos <= until)
  }
}

async function readOnce (log: EngineLog, range: LogRange, wants: Wants, signal: AbortSignal): Promise<Readable> {
  return await log.read(range, { end: 'all', wants, ending: async () => COMPLETE }, signal)
}

async function readLive (feed: LogFeed, log: EngineLog, range: LogRange, wants: Wants): Promise<Readable> {
  const past = async (after: string | undefined) => await log.read(after === undefined ? early(range) : { after: positionOf(after) })
  const over = range.until === undefined ? undefined : { atMs: Number(range.until / 1_000_000n) + GRACE_MS, event: COMPLETE }
  return await new LiveReader(feed, { from: placeIn(feed, range), past, wants, over }).begin()
}

/** Times run backwards between the outputs: who has to find the end of it in the ring reads from before. */
const early = ({ since, ...range }: LogRange): LogRange => ({ ...range, since: since === undefined || since < SKEW_NANOS ? undefined : since - SKEW_NANOS })

/** Where in the ring a reader begins; undefined where the ring does not go back so far. */
function placeIn ({ ring, whole }: LogFeed, { after, tail = 'all', since }: LogRange): number | undefined {
  if (after !== undefined) {
    const place = ring.placeOf(cursorOf(after))
    return place === undefined ? undefined : place + 1
  }
  if (tail !== 'all') return lastLines(ring, Number(tail)) ?? (whole ? 0 : undefined)
  const oldest = ring.at(ring.first)
  const reaches = since !== undefined && oldest?.type === 'log' && (isoNanos(oldest.time) ?? since) < since - SKEW_NANOS
  return whole || reaches ? ring.first : undefined
}

function lastLines (ring: Ring<LogStreamEvent>, count: number): number | undefined {
  let number = ring.next
  for (let left = count; left > 0;) {
    if (--number < ring.first) return undefined
    if (ring.at(number)?.type === 'log') left--
  }
  return number
}
