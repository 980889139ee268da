import { json } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { Failure } from '../../errors.js'
import type { EventStream } from '../../operation/define.js'
import type { Connection } from '../connection.js'
import { openLogs, type LogOptions } from '../logs.js'
import type { LogStreamEvent } from '../models/log.js'
import { collect, type Collected } from '../streams/collect.js'
import { Demultiplexer, TerminalPieces } from '../streams/demultiplex.js'
import { BEGIN_MS, GRACE_MS } from './deadlines.js'
import { exitCodeOf, missing, unlessSo } from './refusals.js'

/** The time a process gets by default, in seconds, as the engine has it. */
const STOP_SECONDS = 10

type Filters = Record<string, string[]>

/** One host's containers. Ids that come here are full ids: they go into the engine's paths as they are. */
export class HostContainers {
  constructor (private readonly connection: Connection) {}

  /** @throws `not-found` in the gate's own words */
  async inspect (reference: string): Promise<Docker.ContainerInspectInfo> {
    return await missing('container', reference, this.#of(reference, (container, abortSignal) => container.inspect({ abortSignal })))
  }

  list (options: { all?: boolean, limit?: number, size?: boolean, filters?: Filters }): Promise<Docker.ContainerInfo[]> {
    const { filters = {}, ...rest } = options
    return this.connection.unary((docker, abortSignal) => docker.listContainers({ ...rest, filters, abortSignal }))
  }

  /** dockerode keeps the engine's warnings to itself, so that this one is asked for without it. */
  create (query: { name?: string, platform?: string }, body: object): Promise<{ Id: string, Warnings: string[] | null }> {
    return this.connection.json({ method: 'POST', path: '/containers/create', query, deadlineMs: BEGIN_MS }, body)
  }

  /** Network names that come here are checked: they go into the engine's paths. */
  async connect (id: string, network: string, endpoint: object): Promise<void> {
    const body = JSON.stringify({ Container: id, EndpointConfig: endpoint })
    const answer = await this.connection.open({ method: 'POST', path: `/networks/${network}/connect`, body, headers: { 'Content-Type': 'application/json' }, deadlineMs: GRACE_MS })
    answer.on('error', () => {}).resume()
  }

  /** Changes resources and restart policy of a container, also while it runs. */
  async update (id: string, body: object): Promise<{ warnings: string[] }> {
    const { Warnings } = await this.connection.json<{ Warnings?: string[] | null }>({ method: 'POST', path: `/containers/${id}/update`, deadlineMs: GRACE_MS }, body)
    return { warnings: Warnings ?? [] }
  }

  /** Starting what runs is no fault. */
  async start (id: string): Promise<void> {
    await unlessSo(this.#of(id, (container, abortSignal) => container.start({ abortSignal }), GRACE_MS))
  }

  /** Stopping what is stopped is no fault. */
  async stop (id: string, { timeoutSeconds: t = STOP_SECONDS, signal }: { timeoutSeconds?: number, signal?: string }): Promise<void> {
    const options = { t, ...(signal === undefined ? {} : { signal }) }
    await unlessSo(this.#of(id, (container, abortSignal) => container.stop({ ...options, abortSignal }), t * 1000 + GRACE_MS))
  }

  async kill (id: string, signal?: string): Promise<void> {
    await this.#of(id, (container, abortSignal) => container.kill({ signal, abortSignal }))
  }

  async remove (id: string, { force = false, volumes = false }: { force?: boolean, volumes?: boolean } = {}): Promise<void> {
    await missing('container', id, this.#of(id, (container, abortSignal) => container.remove({ force, v: volumes, abortSignal }), GRACE_MS))
  }

  /** Opens the wait before the container is started, so that an end that comes at once is not missed. */
  async waitForExit (id: string, signal: AbortSignal): Promise<() => Promise<number>> {
    const answer = await this.connection.open({ method: 'POST', path: `/containers/${id}/wait`, query: { condition: 'next-exit' }, signal })
    answer.on('error', () => {})
    return async () => exitCodeOf(await json(answer))
  }

  /** Everything a container writes from now on, up to a bound on each output. */
  async collectOutput (id: string, terminal: boolean, limitBytes: number, signal: AbortSignal): Promise<() => Promise<Collected>> {
    const query = { stream: '1', stdout: '1', stderr: '1' }
    const answer = await this.connection.open({ method: 'POST', path: `/containers/${id}/attach`, query, signal })
    const pieces = this.connection.through(answer, terminal ? new TerminalPieces() : new Demultiplexer())
    const collected = collect(pieces, limitBytes)
    collected.catch(() => {})
    return async () => await collected
  }

  async logs (container: Docker.ContainerInspectInfo, options: LogOptions, signal: AbortSignal): Promise<EventStream<LogStreamEvent>> {
    const inspect = async () => await this.inspect(container.Id).catch(error => {
      if (error instanceof Failure && error.code === 'not-found') return null
      throw error
    })
    return await openLogs(this.connection, { ...options, id: container.Id, terminal: container.Config.Tty, inspect }, signal)
  }

  async #of<T> (id: string, work: (container: Docker.Container, abortSignal: AbortSignal) => Promise<T>, deadlineMs?: number): Promise<T> {
    return await this.connection.unary((docker, signal) => work(docker.getContainer(id), signal), { deadlineMs })
  }
}
