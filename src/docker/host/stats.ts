import type Docker from 'dockerode'
import { hostUnreachable } from '../../errors.js'
import type { EventStream } from '../../operation/define.js'
import type { Connection } from '../connection.js'
import { endOf } from '../container-end.js'
import type { LiveLimits } from '../live/feed.js'
import { Feeds } from '../live/feeds.js'
import { LiveReader } from '../live/reader.js'
import { StatsFeed } from '../live/stats-feed.js'
import type { StatsStreamEvent } from '../models/stats.js'
import { JsonLines } from '../streams/json-lines.js'
import { StatsEvents } from '../streams/stats-events.js'

/** How a container stands; null: it has been removed. */
type Inspect = () => Promise<Docker.ContainerInspectInfo | null>

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

  async #open (id: string, { stream, oneShot = false }: { stream: boolean, oneShot?: boolean }, inspect: Inspect, signal?: AbortSignal): Promise<StatsEvents> {
    const answer = await this.connection.open({ method: 'GET', path: `/containers/${id}/stats`, query: { stream: String(stream), ...(oneShot ? { 'one-shot': 'true' } : {}) }, signal })
    const lines = new JsonLines()
    const events = new StatsEvents({
      once: !stream,
      ending: async () => stream ? endOf(await inspect()) : { type: 'end', reason: 'complete' },
      cut: () => hostUnreachable(`host ${this.connection.name} ended the stats of a container that still runs`),
      stop: () => { answer.unpipe(lines); lines.end() }
    })
    events.once('close', () => { answer.destroy() })
    return this.connection.through(answer, lines, events)
  }
}
