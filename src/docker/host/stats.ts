import type Docker from 'dockerode'
import { hostUnreachable } from '../../errors.js'
import type { EventStream } from '../../operation/define.js'
import type { Connection } from '../connection.js'
import { endOf } from '../container-end.js'
import { differs } from '../engine/differences.js'
import type { LiveLimits } from '../live/feed.js'
import { Feeds } from '../live/feeds.js'
import { LiveReader } from '../live/reader.js'
import { StatsFeed } from '../live/stats-feed.js'
import type { StatsStreamEvent } from '../models/stats.js'
import { JsonLines } from '../streams/json-lines.js'
import { StatsEvents } from '../streams/stats-events.js'

/** How a container stands; null: it has been removed. */
type Inspect = () => Promise<Docker.ContainerInspectInfo | null>

/** When a sample was taken that is none. */
const NEVER = '0001-01-01T00:00:00Z'

/** What one host's containers use; who follows the same container shares one stream from the engine. */
export class HostStats {
  readonly #feeds = new Feeds<StatsFeed>()

  constructor (private readonly connection: Connection, private readonly limits: LiveLimits) {}

  get feeds (): number { return this.#feeds.size }

  /** Settles once the engine has accepted; ends with the container. */
  async follow (id: string, inspect: Inspect): Promise<EventStream<StatsStreamEvent>> {
    const feed = await this.#feeds.hold(id, () => new StatsFeed(async () => await this.#open(id, true, inspect), this.limits))
    return await new LiveReader(feed, { from: feed.ring.first, newest: true, wants: () => true }).begin()
  }

  /** One sample, whether the container runs or not. */
  async once (id: string, inspect: Inspect, signal: AbortSignal): Promise<EventStream<StatsStreamEvent>> {
    return await this.#open(id, false, inspect, signal)
  }

  async #open (id: string, stream: boolean, inspect: Inspect, signal?: AbortSignal): Promise<StatsEvents> {
    if (!differs(await this.connection.engine(), 'statsWithoutBefore')) return await this.#ask(id, stream, stream, inspect, signal)
    const info = await inspect()
    // A stream's first sample has one before it; of what does not run there is none to be had.
    return info?.State.Running === false ? await this.#idle(stream, inspect) : await this.#ask(id, stream, true, inspect, signal)
  }

  /** As Docker tells of a container that does not run. */
  async #idle (stream: boolean, inspect: Inspect): Promise<StatsEvents> {
    const events = new StatsEvents({ ...this.#ends(stream, inspect), stop: () => {} })
    events.end({ read: NEVER })
    return events
  }

  /** @param asStream whether the engine is asked for one sample behind the other, of which one alone may be wanted */
  async #ask (id: string, stream: boolean, asStream: boolean, inspect: Inspect, signal?: AbortSignal): Promise<StatsEvents> {
    const answer = await this.connection.open({ method: 'GET', path: `/containers/${id}/stats`, query: { stream: String(asStream) }, signal })
    const lines = new JsonLines()
    const events = new StatsEvents({ ...this.#ends(stream, inspect), stop: () => { answer.unpipe(lines); lines.end() } })
    events.once('close', () => { answer.destroy() })
    return this.connection.through(answer, lines, events)
  }

  #ends (stream: boolean, inspect: Inspect) {
    return {
      once: !stream,
      ending: async () => stream ? endOf(await inspect()) : { type: 'end', reason: 'complete' } as const,
      cut: () => hostUnreachable(`host ${this.connection.name} ended the stats of a container that still runs`)
    }
  }
}
