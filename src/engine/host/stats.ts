import type Docker from 'dockerode'
import { hostUnreachable } from '../../lib/errors.js'
import type { EventStream } from '../../model/streams.js'
import type { Connection, Query } from '../connection/connection.js'
import { endOf } from '../container-end.js'
import { differs } from '../kinds/differences.js'
import type { LiveLimits } from '../live/feed.js'
import { Feeds } from '../live/feeds.js'
import { LiveReader } from '../live/reader.js'
import { StatsFeed } from '../live/stats-feed.js'
import type { StatsStreamEvent } from '../models/stats.js'
import { JsonLines } from '../streams/json-lines.js'
import { StatsEvents } from '../streams/stats-events.js'

/** How a container stands; null: it has been removed. */
type Inspect = () => Promise<Docker.ContainerInspectInfo | null>

interface Wanted { readonly stream: boolean, readonly oneShot?: boolean }

/** When a sample was taken that is none. */
const NEVER = '0001-01-01T00:00:00Z'

/** What one host's containers use; who follows the same container shares one stream from the engine. */
export class HostStats {
  readonly #feeds = new Feeds<StatsFeed>()

  constructor (private readonly connection: Connection, private readonly limits: LiveLimits) {}

  get feeds (): number { return this.#feeds.size }

  /** Settles once the engine has accepted; ends with the container. */
  async follow (id: string, inspect: Inspect): Promise<EventStream<StatsStreamEvent>> {
    const feed = await this.#feeds.hold(id, () => new StatsFeed(async () => await this.#open(id, { stream: true }, inspect), this.limits))
    return await new LiveReader(feed, { from: feed.ring.first, newest: true, wants: () => true }).begin()
  }

  /** One sample, whether the container runs or not. `oneShot`: at once, without another a second before it. */
  async once (id: string, inspect: Inspect, oneShot: boolean, signal: AbortSignal): Promise<EventStream<StatsStreamEvent>> {
    return await this.#open(id, { stream: false, oneShot }, inspect, signal)
  }

  async #open (id: string, wanted: Wanted, inspect: Inspect, signal?: AbortSignal): Promise<StatsEvents> {
    const { stream, oneShot = false } = wanted
    if (!differs(await this.connection.engine(), 'statsWithoutBefore')) return await this.#ask(id, { stream: String(stream), ...(oneShot ? { 'one-shot': 'true' } : {}) }, wanted, inspect, signal)
    const info = await inspect()
    if (info?.State.Running === false) return await this.#idle(stream, inspect)
    // A stream's first sample has one before it.
    return await this.#ask(id, { stream: String(!oneShot) }, wanted, inspect, signal)
  }

  /** As Docker tells of a container that does not run. */
  async #idle (stream: boolean, inspect: Inspect): Promise<StatsEvents> {
    const events = new StatsEvents({ ...this.#ends(stream, inspect), stop: () => {} })
    events.end({ read: NEVER })
    return events
  }

  async #ask (id: string, query: Query, { stream }: Wanted, inspect: Inspect, signal?: AbortSignal): Promise<StatsEvents> {
    const answer = await this.connection.open({ method: 'GET', path: `/containers/${id}/stats`, query, signal })
    const lines = new JsonLines()
    const events = new StatsEvents({ ...this.#ends(stream, inspect), stop: () => { answer.unpipe(lines); lines.end() } })
    events.once('close', () => { answer.destroy() })
    return this.connection.through(answer, lines, events)
  }

  #ends (stream: boolean, inspect: Inspect) {
    return {
      once: !stream,
      startedAt: async () => (await inspect())?.State.StartedAt,
      ending: async () => stream ? endOf(await inspect()) : { type: 'end', reason: 'complete' } as const,
      cut: () => hostUnreachable(`host ${this.connection.name} ended the stats of a container that still runs`)
    }
  }
}
