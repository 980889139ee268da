import { Readable } from 'node:stream'
import { Failure, failureOf, invalidField } from '../../lib/errors.js'
import { eventFilter, type EventFilters } from './event-filters.js'
import type { Host } from '../../engine/host.js'
import type { EventRange, OpenEvents } from '../../engine/host/events.js'
import type { Hosts } from '../../engine/hosts.js'
import type { FedEvent } from '../../engine/live/event-feed.js'
import type { LiveReader } from '../../engine/live/reader.js'
import type { HostStreamEvent } from '../../engine/models/event.js'
import { nanosOf } from '../../engine/times.js'
import type { EventStream } from '../../model/streams.js'

interface Wanted extends EventFilters {
  /** One host alone, as a path names it; or some of them, or all. */
  readonly host?: string | readonly string[]
  readonly since?: string
  readonly until?: string
  readonly after?: string
}

/** Between two looks for a host that does not answer. */
const AGAIN_MS = 2000

/** Of each host, by which cursor of its own one goes on. */
const POSITION = '[a-z0-9][a-z0-9._-]{0,62}=\\d{1,19}-\\d{1,9}'
export const eventCursorPattern = `^${POSITION}(?:,${POSITION})*$`

type Positions = Map<string, string>
const cursorOf = (positions: Positions): string => [...positions].map(([host, cursor]) => `${host}=${cursor}`).join(',')
const positionsIn = (cursor: string): Positions => new Map(cursor.split(',').map(part => part.split('=') as [string, string]))

/**
 * What happens on one host, or on several. A host that is named alone fails the call; of several, one that does not answer
 * costs an item, and is tried again for as long as somebody listens.
 */
export async function openEvents (hosts: Hosts, { host, since, until, after, ...filters }: Wanted): Promise<EventStream<HostStreamEvent>> {
  const range = { wants: eventFilter(filters), since: since === undefined ? undefined : nanosOf('since', since), until: until === undefined ? undefined : nanosOf('until', until) }
  const positions = after === undefined ? new Map<string, string>() : positionsIn(after)
  const wanted = host === undefined ? hosts.all() : [...new Set([host].flat())].map(name => hosts.get(name))
  const unknown = [...positions.keys()].find(name => !wanted.some(one => one.name === name))
  if (unknown !== undefined) throw invalidField('after', 'is a cursor of other hosts')
  const stream = new EventsOfHosts(wanted, typeof host === 'string', range, positions)
  if (typeof host === 'string') await stream.open(wanted[0] as Host)
  else await Promise.all(wanted.map(async one => { await stream.openOrTell(one) }))
  return stream
}

/** The events of several hosts as they come, each with a cursor that knows how far every one of them has come. */
class EventsOfHosts extends Readable {
  readonly #open = new Map<string, LiveReader<FedEvent>>()
  readonly #unreachable = new Set<string>()
  readonly #ended = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor (private readonly hosts: readonly Host[], private readonly alone: boolean, private readonly range: Omit<EventRange, 'after'>, private readonly positions: Positions) {
    super({ objectMode: true, highWaterMark: 16 })
  }

  /** Begins with a host's events. @throws whatever keeps it from that */
  async open (host: Host): Promise<void> {
    const { name } = host
    try {
      const opened = await host.events.open({ ...this.range, after: this.positions.get(name) })
      if (this.destroyed) opened.events.destroy()
      else this.#take(host, opened)
    } catch (error) {
      if (this.alone) this.destroy()
      throw error
    }
  }

  async openOrTell (host: Host): Promise<void> {
    try { await this.open(host) } catch (error) { this.#lost(host, failureOf(error)) }
  }

  override _read (): void {
    for (const events of this.#open.values()) events.resume()
  }

  override _destroy (error: Error | null, done: (error?: Error | null) => void): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const events of this.#open.values()) events.destroy()
    done(error)
  }

  #take (host: Host, { events, position, whole }: OpenEvents): void {
    const { name } = host
    this.#open.set(name, events)
    this.#unreachable.delete(name)
    if (!this.positions.has(name)) this.positions.set(name, position)
    if (!whole) this.#tell({ type: 'dropped', host: name, count: null })
    events.on('data', (event: FedEvent) => { this.#hear(name, event) })
    events.once('error', error => { this.#open.delete(name); this.#lost(host, failureOf(error)) })
  }

  #hear (host: string, event: FedEvent): void {
    if (event.type === 'dropped') { this.#tell({ type: 'dropped', host, count: event.count }); return }
    if (event.type === 'end') { this.#end(host); return }
    this.positions.set(host, event.cursor)
    this.#tell({ ...event, cursor: cursorOf(this.positions) })
  }

  #tell (event: HostStreamEvent): void {
    if (this.push(event)) return
    for (const events of this.#open.values()) events.pause()
  }

  #end (host: string): void {
    this.#ended.add(host)
    if (this.hosts.every(({ name }) => this.#ended.has(name) || this.#unreachable.has(name))) this.#complete()
  }

  #complete (): void {
    this.push({ type: 'end', reason: 'complete' } satisfies HostStreamEvent)
    this.push(null)
  }

  /** One alone takes the stream with it. Of several it is told once, and tried again. */
  #lost (host: Host, failure: Failure): void {
    if (this.destroyed) return
    const { name } = host
    if (this.alone) { this.destroy(failure); return }
    if (!this.#unreachable.has(name)) this.#tell({ type: 'hostError', host: name, code: failure.code, detail: failure.detail })
    this.#unreachable.add(name)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.destroyed) void this.openOrTell(host)
    }, AGAIN_MS)
    this.#timers.add(timer)
  }
}
