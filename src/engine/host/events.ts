import type { Connection } from '../connection/connection.js'
import { EventFeed, type FedEvent } from '../live/event-feed.js'
import type { LiveLimits } from '../live/feed.js'
import { Feeds } from '../live/feeds.js'
import { LiveReader } from '../live/reader.js'
import type { HostEvent } from '../models/event.js'
import { isoNanos } from '../times.js'

/** What of a host's events is wanted. Times are nanoseconds since 1970. */
export interface EventRange {
  readonly wants: (event: HostEvent) => boolean
  readonly since?: bigint
  readonly until?: bigint
  /** Behind the event with this cursor of the host's own. */
  readonly after?: string
}

/** A host's events as one reader takes them. */
export interface OpenEvents {
  readonly events: LiveReader<FedEvent>
  /** Where the reader began: the cursor of the event before. */
  readonly position: string
  /** Whether the engine remembers what was asked for. */
  readonly whole: boolean
}

/** Of a reader that began before anything had happened. */
export const BEGINNING = '0-0'
/** What an engine may take to tell of something. */
const GRACE_MS = 500

/** What happens on one host; all who listen share one stream from the engine. */
export class HostEvents {
  readonly #feeds = new Feeds<EventFeed>()

  constructor (private readonly connection: Connection, private readonly limits: LiveLimits) {}

  get feeds (): number { return this.#feeds.size }

  /** Settles once the engine has accepted, and it is known what it remembers. */
  async open ({ wants, since, until, after }: EventRange): Promise<OpenEvents> {
    const feed = await this.#feeds.hold('events', () => new EventFeed(this.connection, this.limits))
    const place = after === undefined ? undefined : placeBehind(feed, after)
    const from = place ?? (after === undefined && since === undefined ? feed.ring.next : feed.ring.first)
    const start = since ?? (place === undefined && after !== undefined ? nanosIn(after) + 1n : undefined)
    const over = until === undefined ? undefined : { atMs: overAt(feed, Number(until / 1_000_000n)), event: { type: 'end', reason: 'complete' } as const }
    const events = new LiveReader<FedEvent>(feed, { from, over, wants: event => event.type !== 'event' || (isWithin(event, start, until) && wants(event)) })
    return { events: await events.begin(), position: positionAt(feed, from, after, start), whole: from === feed.ring.next || place !== undefined || remembers(feed, start) }
  }
}

/** What the engine has not been asked for to its end is told by the stream that follows, a moment later. */
const overAt = ({ readUntilMs }: EventFeed, untilMs: number): number =>
  untilMs <= readUntilMs ? untilMs : Math.max(untilMs, Date.now()) + GRACE_MS

function placeBehind ({ ring }: EventFeed, cursor: string): number | undefined {
  const place = ring.placeOf(cursor)
  return place === undefined ? undefined : place + 1
}

function positionAt ({ ring, last }: EventFeed, from: number, after: string | undefined, start: bigint | undefined): string {
  if (from === ring.next) return last?.cursor ?? BEGINNING
  return after ?? `${(start ?? 1n) - 1n}-0`
}

/** An engine remembers some hundred events: what is older than the oldest of them, nobody knows. */
function remembers ({ ring }: EventFeed, since: bigint | undefined): boolean {
  const oldest = ring.at(ring.first)
  return since === undefined || (oldest?.type === 'event' && (isoNanos(oldest.time) ?? 0n) <= since)
}

function isWithin ({ time }: HostEvent, since: bigint | undefined, until: bigint | undefined): boolean {
  const nanos = isoNanos(time) ?? 0n
  return (since === undefined || nanos >= since) && (until === undefined || nanos <= until)
}

const nanosIn = (cursor: string): bigint => BigInt(cursor.split('-')[0] ?? '0')
