import type { Duplex, Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { Failure } from '../../lib/errors.js'
import type { TerminalSize } from '../../model/channel.js'
import type { EventStream } from '../../model/streams.js'
import type { Connection, Query } from '../connection/connection.js'
import { nameAndTag } from '../../model/names.js'
import type { LiveLimits } from '../live/feed.js'
import type { LogStreamEvent } from '../models/log.js'
import type { StatsStreamEvent } from '../models/stats.js'
import { collect, type Collected, type Collecting } from '../streams/collect.js'
import { Demultiplexer, TerminalPieces } from '../streams/demultiplex.js'
import { BEGIN_MS, BULK_MS, GRACE_MS } from './deadlines.js'
import { HostLogs, type LogOptions } from './logs.js'
import { exitCodeOf, missing, unlessSo } from './refusals.js'
import { withSizes } from './sizes.js'
import { HostStats } from './stats.js'

/** As the engine spells them. */
export type WaitCondition = 'not-running' | 'next-exit' | 'removed'

export interface ListOptions { readonly all?: boolean, readonly limit?: number, readonly size?: boolean, readonly filters?: Readonly<Record<string, string[]>> }

/** How long a process may take is in seconds, -1 for ever; how long the engine may, in milliseconds. */
export interface StopOptions { readonly timeoutSeconds?: number, readonly signal?: string, readonly deadlineMs: number }

export interface CommitOptions {
  readonly reference?: string
  readonly author?: string
  readonly message?: string
  readonly changes?: readonly string[]
  readonly pause?: boolean
}

/** As the engine takes it. */
export function commitQuery (container: string, { reference, author, message: comment, changes, pause = true }: CommitOptions): Query {
  const [repo, tag] = reference === undefined ? [] : nameAndTag(reference)
  return { container, repo, tag, author, comment, changes, pause: String(pause) }
}

/** One host's containers. Ids that come here are full ids: they go into the engine's paths as they are. */
export class HostContainers {
  readonly #logs: HostLogs
  readonly #stats: HostStats

  constructor (private readonly connection: Connection, live: LiveLimits) {
    this.#logs = new HostLogs(connection, live)
    this.#stats = new HostStats(connection, live)
  }

  /** @throws `not-found` in the gateway's own words */
  async inspect (reference: string, { size = false }: { size?: boolean } = {}): Promise<Docker.ContainerInspectInfo> {
    const [query, deadlineMs] = size ? [{ size: 'true' }, GRACE_MS] : [undefined, undefined]
    return await missing('container', reference, this.connection.json({ method: 'GET', path: `/containers/${reference}/json`, query, deadlineMs, shared: true }))
  }

  /** Without dockerode, which takes several times as long to ask: no call is made more often. */
  async list ({ all, limit, size = false, filters = {} }: ListOptions): Promise<Docker.ContainerInfo[]> {
    const query = { all: all?.toString(), limit: limit?.toString(), size: size ? 'true' : undefined, filters: JSON.stringify(filters) }
    const list = async (): Promise<Docker.ContainerInfo[]> => await this.connection.json({ method: 'GET', path: '/containers/json', query, shared: true })
    return await (size ? withSizes(list) : list())
  }

  /** dockerode keeps the engine's warnings to itself, so that this one is asked for without it. */
  create (query: { name?: string, platform?: string }, body: object): Promise<{ Id: string, Warnings: string[] | null }> {
    return this.connection.json({ method: 'POST', path: '/containers/create', query, deadlineMs: BEGIN_MS }, body)
  }

  /** Changes resources and restart policy of a container, also while it runs. */
  async update (id: string, body: object): Promise<{ warnings: string[] }> {
    const { Warnings } = await this.connection.json<{ Warnings?: string[] | null }>({ method: 'POST', path: `/containers/${id}/update`, deadlineMs: GRACE_MS }, body)
    return { warnings: Warnings ?? [] }
  }

  /** Starting what runs is no fault. */
  async start (id: string, { detachKeys }: { detachKeys?: string } = {}): Promise<void> {
    // dockerode would send the keys in a body as well, which engines refuse.
    if (detachKeys !== undefined) await unlessSo(this.connection.order({ method: 'POST', path: `/containers/${id}/start`, query: { detachKeys }, deadlineMs: GRACE_MS }))
    else await unlessSo(this.#of(id, (container, abortSignal) => container.start({ abortSignal }), GRACE_MS))
  }

  /** Stopping what is stopped is no fault. Without a time of its own the engine gives the process the container's. */
  async stop (id: string, { timeoutSeconds, signal, deadlineMs }: StopOptions): Promise<void> {
    await unlessSo(this.#stopping(id, 'stop', { t: timeoutSeconds?.toString(), signal }, deadlineMs))
  }

  async restart (id: string, { timeoutSeconds, signal, deadlineMs }: StopOptions): Promise<void> {
    await this.#stopping(id, 'restart', { t: timeoutSeconds?.toString(), signal }, deadlineMs)
  }

  async kill (id: string, signal?: string): Promise<void> {
    await this.#of(id, (container, abortSignal) => container.kill({ signal, abortSignal }), GRACE_MS)
  }

  async pause (id: string): Promise<void> {
    await this.#of(id, (container, abortSignal) => container.pause({ abortSignal }))
  }

  async unpause (id: string): Promise<void> {
    await this.#of(id, (container, abortSignal) => container.unpause({ abortSignal }))
  }

  async rename (id: string, name: string): Promise<void> {
    await this.#of(id, (container, abortSignal) => container.rename({ name, abortSignal }))
  }

  /** The new image's id. `config` stays empty: what is to change is said by `changes`. */
  async commit (id: string, options: CommitOptions): Promise<string> {
    const { Id } = await this.connection.json<{ Id: string }>({ method: 'POST', path: '/commit', query: commitQuery(id, options), deadlineMs: BULK_MS }, {})
    return Id
  }

  async remove (id: string, { force = false, volumes = false }: { force?: boolean, volumes?: boolean } = {}): Promise<void> {
    await missing('container', id, this.#of(id, (container, abortSignal) => container.remove({ force, v: volumes, abortSignal }), GRACE_MS))
  }

  /**
   * Settles once the engine waits, with what settles when the condition is met: a wait that is open before the
   * container is started misses no end, however soon it comes.
   */
  async wait (id: string, condition: WaitCondition, signal: AbortSignal): Promise<() => Promise<number>> {
    const answer = await this.connection.open({ method: 'POST', path: `/containers/${id}/wait`, query: { condition }, signal })
    answer.on('error', () => {})
    return async () => exitCodeOf(await this.connection.reading(json(answer), signal))
  }

  /** Everything a container writes from now on, or has written until now, up to a bound on each output. */
  async collectOutput (id: string, when: 'from now' | 'until now', terminal: boolean, collecting: Collecting, signal: AbortSignal): Promise<() => Promise<Collected>> {
    const query = { [when === 'from now' ? 'stream' : 'logs']: '1', stdout: '1', stderr: '1' }
    const answer = await this.connection.open({ method: 'POST', path: `/containers/${id}/attach`, query, signal })
    const pieces = this.connection.through(answer, terminal ? new TerminalPieces() : new Demultiplexer())
    const collected = collect(pieces, collecting)
    collected.catch(() => {})
    return async () => await collected
  }

  /** Its input and its output; settles once the engine has given its connection over. */
  async attach (id: string, query: Query, signal: AbortSignal): Promise<Duplex> {
    return await this.connection.hijack({ method: 'POST', path: `/containers/${id}/attach`, query: { stream: '1', ...query }, signal })
  }

  /** What it has written, as its log has it, and what it writes: pieces of its outputs. */
  async logPieces (id: string, outputs: Query, terminal: boolean, signal: AbortSignal): Promise<Readable> {
    const answer = await this.connection.open({ method: 'GET', path: `/containers/${id}/logs`, query: { follow: '1', tail: 'all', ...outputs }, signal })
    return this.connection.through(answer, terminal ? new TerminalPieces() : new Demultiplexer())
  }

  /** Of one that runs and has a terminal. */
  async resize (id: string, { columns, rows }: TerminalSize): Promise<void> {
    await this.connection.order({ method: 'POST', path: `/containers/${id}/resize`, query: { w: String(columns), h: String(rows) } })
  }

  async logs (container: Docker.ContainerInspectInfo, options: LogOptions, signal: AbortSignal): Promise<EventStream<LogStreamEvent>> {
    return await this.#logs.open(container, options, async () => await this.inspectIfThere(container.Id), signal)
  }

  /** How many logs, and how many containers' stats, are followed at the engine. */
  get feeds (): { readonly logs: number, readonly stats: number } { return { logs: this.#logs.feeds.size, stats: this.#stats.feeds } }

  async stats (id: string, { stream = true, oneShot = false }: { stream?: boolean, oneShot?: boolean }, signal: AbortSignal): Promise<EventStream<StatsStreamEvent>> {
    const inspect = async () => await this.inspectIfThere(id)
    return stream ? await this.#stats.follow(id, inspect) : await this.#stats.once(id, inspect, oneShot, signal)
  }

  /** Its processes, as the `ps` of the engine's machine lists them. */
  async top (id: string, psArgs?: string): Promise<{ Titles: string[], Processes: string[][] | null }> {
    return await this.#of(id, (container, abortSignal) => container.top({ ps_args: psArgs, abortSignal }))
  }

  /** null: it has been removed. */
  async inspectIfThere (id: string): Promise<Docker.ContainerInspectInfo | null> {
    return await this.inspect(id).catch(error => {
      if (error instanceof Failure && error.code === 'not-found') return null
      throw error
    })
  }

  /** On a connection of its own: it may take long, and others of the host are not to wait for it. */
  async #stopping (id: string, verb: 'stop' | 'restart', query: Query, deadlineMs: number): Promise<void> {
    await this.connection.order({ method: 'POST', path: `/containers/${id}/${verb}`, query, deadlineMs })
  }

  async #of<T> (id: string, work: (container: Docker.Container, abortSignal: AbortSignal) => Promise<T>, deadlineMs?: number): Promise<T> {
    return await this.connection.unary((docker, signal) => work(docker.getContainer(id), signal), { deadlineMs })
  }
}
