import type { Readable } from 'node:stream'
import { hostUnreachable } from '../../lib/errors.js'
import type { Connection } from '../connection/connection.js'
import { differs, type DifferenceName } from '../kinds/differences.js'
import { dockerEvent } from '../kinds/podman-events.js'
import type { HostEvent } from '../models/event.js'
import { EngineEvents } from '../streams/engine-events.js'
import { JsonLines } from '../streams/json-lines.js'
import { SKEW_NANOS } from '../streams/log-position.js'
import { engineSeconds, isoNanos } from '../times.js'
import { Feed, type LiveLimits } from './feed.js'
import type { Dropped } from './reader.js'

/** The last item of a host's events, which end by themselves only where that was asked for. */
export interface EventsEnd { readonly type: 'end', readonly reason: 'complete' }
export type FedEvent = HostEvent | (Dropped & { readonly cursor?: string }) | (EventsEnd & { readonly cursor?: string })

/** What happens on one host, and what its engine remembers of before. */
export class EventFeed extends Feed<FedEvent> {
  /** An engine throws away what nobody takes at once. */
  protected override readonly paced = false
  #last: HostEvent | undefined
  /** Until when, by the engine's clock, what it remembers has been read to its end. */
  #readUntilMs = 0

  constructor (private readonly connection: Connection, limits: LiveLimits) {
    super(limits, event => JSON.stringify(event).length)
  }

  /** The last that happened, as far as it is known. */
  get last (): HostEvent | undefined { return this.#last }

  get readUntilMs (): number { return this.#readUntilMs }

  /** All that the engine remembers, until a moment that is over by its own clock. */
  protected override async begin (): Promise<void> {
    const { headers: { date = '' } } = (await this.connection.open({ method: 'GET', path: '/_ping' })).resume()
    const until = Math.floor((Date.parse(date) || Date.now()) / 1000)
    await this.relay(await this.#open({ since: '0', ...(await this.#is('noEventsUntilNow') ? { stream: 'false' } : { until: String(until) }) }))
    this.#readUntilMs = until * 1000
  }

  protected override async follow (): Promise<Readable> {
    const from = this.#last === undefined ? BigInt(this.#readUntilMs) * 1_000_000n : isoNanos(this.#last.time) ?? 0n
    return await this.#open({ since: engineSeconds(from < SKEW_NANOS ? 0n : from - SKEW_NANOS) })
  }

  protected override async ended (): Promise<undefined> {
    throw hostUnreachable(`host ${this.connection.name} ended its stream of events`)
  }

  protected override append (event: FedEvent): void {
    if (event.type === 'event') this.#last = event
    super.append(event)
  }

  async #is (difference: DifferenceName): Promise<boolean> {
    return differs(await this.connection.engine(), difference)
  }

  async #open (query: Readonly<Record<string, string>>): Promise<Readable> {
    const answer = await this.connection.open({ method: 'GET', path: '/events', query })
    const translate = await this.#is('eventsInOwnWords') ? dockerEvent : undefined
    const events = new EngineEvents({ host: this.connection.name, translate, last: this.#last, isKnown: cursor => this.ring.placeOf(cursor) !== undefined })
    return this.connection.through(answer, new JsonLines(), events)
  }
}
