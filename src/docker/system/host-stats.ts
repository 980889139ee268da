import { Readable } from 'node:stream'
import { failureOf } from '../../lib/errors.js'
import type { Host } from '../../engine/host.js'
import type { FedEvent } from '../../engine/live/event-feed.js'
import type { LiveReader } from '../../engine/live/reader.js'
import { bareName, nameOf } from '../containers/container-name.js'
import type { HostStatsStreamEvent, StatsStreamEvent } from '../../engine/models/stats.js'
import type { EventStream } from '../../model/streams.js'

interface Wanted { readonly container?: readonly string[], readonly stream: boolean }
interface Named { readonly id: string, readonly name: string }

/**
 * What several containers of a host use, in one stream: the ones that are named, to the end of the last, or all that run
 * and whichever are started.
 * @throws `not-found` where one that is named is not there
 */
export async function openHostStats (host: Host, { container: references, stream }: Wanted, signal: AbortSignal): Promise<EventStream<HostStatsStreamEvent>> {
  const samples = new StatsOfHost(host, stream, signal)
  try {
    if (references === undefined && stream) await samples.watch()
    await samples.begin(references === undefined ? await running(host) : await named(host, references))
    return samples
  } catch (error) {
    samples.destroy()
    throw error
  }
}

async function running (host: Host): Promise<Named[]> {
  return (await host.containers.list({})).map(({ Id: id, Names }) => ({ id, name: nameOf(Names) }))
}

async function named (host: Host, references: readonly string[]): Promise<Named[]> {
  const found = await Promise.all(references.map(async reference => await host.containers.inspect(bareName(reference))))
  return [...new Map(found.map(({ Id: id, Name }) => [id, { id, name: bareName(Name) }])).values()]
}

class StatsOfHost extends Readable {
  /** By the container's id; undefined while its stream is being opened. */
  readonly #open = new Map<string, Readable | undefined>()
  #done = false
  #starts: LiveReader<FedEvent> | undefined

  constructor (private readonly host: Host, private readonly stream: boolean, private readonly signal: AbortSignal) {
    super({ objectMode: true, highWaterMark: 1 })
  }

  /** Hears of containers that are started. */
  async watch (): Promise<void> {
    const wants = ({ kind, action }: { kind: string, action: string }) => kind === 'container' && action === 'start'
    const { events } = await this.host.events.open({ wants })
    this.#starts = events
    events.on('data', (event: FedEvent) => {
      if (event.type === 'event') void this.#add({ id: event.id, name: event.name ?? '' })
    })
    events.once('error', error => { this.destroy(error) })
  }

  async begin (containers: readonly Named[]): Promise<void> {
    await Promise.all(containers.map(async container => { await this.#add(container) }))
    this.#endIfDone()
  }

  override _read (): void {
    for (const samples of this.#open.values()) samples?.resume()
  }

  override _destroy (error: Error | null, done: (error?: Error | null) => void): void {
    this.#starts?.destroy()
    for (const samples of this.#open.values()) samples?.destroy()
    done(error)
  }

  async #add (container: Named): Promise<void> {
    const { id } = container
    if (this.#open.has(id)) return
    this.#open.set(id, undefined)
    try {
      const samples = await this.host.containers.stats(id, { stream: this.stream }, this.signal)
      if (this.destroyed) { samples.destroy(); return }
      this.#open.set(id, samples)
      samples.on('data', (event: StatsStreamEvent) => { this.#take(container, event) })
      samples.once('error', error => { this.#failed(container, error) })
      if (this.#isFull()) samples.pause()
    } catch (error) { this.#failed(container, error) }
  }

  #take (container: Named, event: StatsStreamEvent): void {
    if (event.type === 'stats') this.#tell({ ...event, ...container })
    else if (event.type === 'end') this.#ended(container, event)
  }

  #ended (container: Named, { reason, exitCode }: Extract<StatsStreamEvent, { type: 'end' }>): void {
    this.#open.delete(container.id)
    if (reason === 'exited' || reason === 'removed') this.#tell({ type: 'ended', ...container, outcome: reason, ...(exitCode === undefined ? {} : { exitCode }) })
    this.#endIfDone()
  }

  #failed (container: Named, error: unknown): void {
    if (this.destroyed) return
    const { code, detail } = failureOf(error)
    this.#open.delete(container.id)
    this.#tell(code === 'not-found' ? { type: 'ended', ...container, outcome: 'removed' } : { type: 'ended', ...container, outcome: 'failed', code, detail })
    this.#endIfDone()
  }

  /** What is full holds up the samples: they skip to the newest. */
  #tell (event: HostStatsStreamEvent): void {
    if (this.push(event)) return
    for (const samples of this.#open.values()) samples?.pause()
  }

  #isFull (): boolean { return this.readableLength >= this.readableHighWaterMark }

  #endIfDone (): void {
    if (this.#starts !== undefined || this.#open.size > 0 || this.#done) return
    this.#done = true
    this.push({ type: 'end', reason: 'complete' } satisfies HostStatsStreamEvent)
    this.push(null)
  }
}
