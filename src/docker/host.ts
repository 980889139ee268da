import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { Failure, engineError, invalidInput, noSuch } from '../errors.js'
import type { EventStream } from '../operation/define.js'
import { UNARY_MS, type Connection } from './connection.js'
import { openLogs, type LogOptions } from './logs.js'
import type { LogStreamEvent } from './models/log.js'
import type { ImageStreamEvent } from './models/progress.js'
import { collect, type Collected } from './streams/collect.js'
import { Demultiplexer, TerminalPieces } from './streams/demultiplex.js'
import { Progress, type EngineMessage } from './streams/progress.js'

type Filters = Record<string, string[]>

/** How long the engine may take to stop a container beyond the time it gives the process. */
const GRACE_MS = 30_000
/** How long a pull or an import may take to begin. */
const BEGIN_MS = 60_000
/** The time a process gets by default, in seconds, as the engine has it. */
const STOP_SECONDS = 10

/**
 * One Docker host, as the handlers know it. Ids that come here are full ids and references are checked: both go into
 * the engine's paths as they are.
 */
export class Host {
  constructor (readonly name: string, readonly url: string, private readonly connection: Connection) {}

  version (deadlineMs = UNARY_MS): Promise<Docker.DockerVersion> {
    return this.connection.json({ method: 'GET', path: '/version', deadlineMs })
  }

  info (): Promise<SystemInfo> {
    return this.connection.json({ method: 'GET', path: '/info' })
  }

  /** @throws `not-found` in the gate's own words */
  async inspectContainer (reference: string): Promise<Docker.ContainerInspectInfo> {
    return await missing('container', reference, this.connection.unary((docker, abortSignal) => docker.getContainer(reference).inspect({ abortSignal })))
  }

  listContainers (options: { all?: boolean, limit?: number, filters?: Filters }): Promise<Docker.ContainerInfo[]> {
    const { filters = {}, ...rest } = options
    return this.connection.unary((docker, abortSignal) => docker.listContainers({ ...rest, filters, abortSignal }))
  }

  /** dockerode keeps the engine's warnings to itself, so that this one is asked for without it. */
  createContainer ({ name, ...body }: Docker.ContainerCreateOptions): Promise<{ Id: string, Warnings: string[] | null }> {
    return this.connection.json({ method: 'POST', path: '/containers/create', query: { name }, deadlineMs: BEGIN_MS }, body)
  }

  /** Starting what runs is no fault. */
  async startContainer (id: string): Promise<void> {
    await unlessSo(this.connection.unary((docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), { deadlineMs: GRACE_MS }))
  }

  /** Stopping what is stopped is no fault. */
  async stopContainer (id: string, { timeoutSeconds, signal }: { timeoutSeconds?: number, signal?: string }): Promise<void> {
    const deadlineMs = (timeoutSeconds ?? STOP_SECONDS) * 1000 + GRACE_MS
    const options = { ...(timeoutSeconds === undefined ? {} : { t: timeoutSeconds }), ...(signal === undefined ? {} : { signal }) }
    await unlessSo(this.connection.unary((docker, abortSignal) => docker.getContainer(id).stop({ ...options, abortSignal }), { deadlineMs }))
  }

  async killContainer (id: string): Promise<void> {
    await this.connection.unary((docker, abortSignal) => docker.getContainer(id).kill({ abortSignal }))
  }

  async removeContainer (id: string, { force = false, volumes = false }: { force?: boolean, volumes?: boolean } = {}): Promise<void> {
    await missing('container', id, this.connection.unary((docker, abortSignal) => docker.getContainer(id).remove({ force, v: volumes, abortSignal }), { deadlineMs: GRACE_MS }))
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
    const inspect = async () => await this.inspectContainer(container.Id).catch(error => {
      if (error instanceof Failure && error.code === 'not-found') return null
      throw error
    })
    return await openLogs(this.connection, { ...options, id: container.Id, terminal: container.Config.Tty, inspect }, signal)
  }

  listImages (options: { all?: boolean, filters?: Filters }): Promise<Docker.ImageInfo[]> {
    const { filters = {}, ...rest } = options
    return this.connection.unary((docker, abortSignal) => docker.listImages({ ...rest, filters, abortSignal }))
  }

  /** @throws `not-found` in the gate's own words */
  async inspectImage (reference: string): Promise<Docker.ImageInspectInfo> {
    return await missing('image', reference, this.connection.json({ method: 'GET', path: `/images/${reference}/json` }))
  }

  async removeImage (reference: string, { force = false, noPrune: noprune = false }: { force?: boolean, noPrune?: boolean }): Promise<Array<{ Untagged?: string, Deleted?: string }>> {
    const options = { force, noprune }
    const removal = this.connection.unary((docker, abortSignal) => docker.getImage(reference).remove({ ...options, abortSignal }), { deadlineMs: GRACE_MS })
    return await missing('image', reference, removal) as Array<{ Untagged?: string, Deleted?: string }>
  }

  /** Pulls; the reader that leaves ends the engine's work. */
  async pull (reference: string, options: { platform?: string, registryAuth?: string }, signal: AbortSignal): Promise<EventStream<ImageStreamEvent>> {
    const [fromImage, tag] = pullParts(reference)
    const headers: Record<string, string> = options.registryAuth === undefined ? {} : { 'X-Registry-Auth': options.registryAuth }
    const answer = await this.connection.open({ method: 'POST', path: '/images/create', query: { fromImage, tag, platform: options.platform }, headers, signal, deadlineMs: BEGIN_MS })
    let digest: string | undefined
    const watch = ({ status }: EngineMessage) => { digest = /^Digest: (sha256:[0-9a-f]{64})$/.exec(status ?? '')?.[1] ?? digest }
    return this.#imageEvents(answer, watch, async () => ({ ...await this.#named(reference), ...(digest === undefined ? {} : { digest }) }))
  }

  /** Imports a root file system; settles once the engine reads. */
  async importImage (archive: Readable | undefined, options: { repository?: string, tag?: string, message?: string, changes?: readonly string[] }, signal: AbortSignal): Promise<EventStream<ImageStreamEvent>> {
    if (archive === undefined) throw invalidInput('an import takes a tar as the body of the request')
    const { repository: repo, ...rest } = options
    const answer = await this.connection.open({ method: 'POST', path: '/images/create', query: { fromSrc: '-', repo, ...rest }, body: archive, headers: { 'Content-Type': 'application/x-tar' }, signal, deadlineMs: BEGIN_MS })
    let id = ''
    const watch = ({ status }: EngineMessage) => { if (/^sha256:[0-9a-f]{64}$/.test(status ?? '')) id = status ?? '' }
    const reference = options.repository === undefined ? {} : { reference: `${options.repository}:${options.tag ?? 'latest'}` }
    return this.#imageEvents(answer, watch, async () => ({ id, ...reference }))
  }

  close (): void {
    this.connection.close()
  }

  #imageEvents (answer: IncomingMessage, watch: (message: EngineMessage) => void, result: () => Promise<{ id: string }>): EventStream<ImageStreamEvent> {
    const ending = async () => ({ type: 'end', reason: 'complete', result: await result() } as const)
    return this.connection.through(answer, new Progress<ImageStreamEvent>({ watch, ending }))
  }

  async #named (reference: string): Promise<{ id: string, reference: string }> {
    return { id: (await this.inspectImage(reference)).Id, reference }
  }
}

/** What `GET /info` has that the models use; engines send much more. */
export interface SystemInfo {
  readonly ID: string
  readonly Name: string
  readonly OperatingSystem: string
  readonly Architecture: string
  readonly NCPU: number
  readonly MemTotal: number
  readonly Containers: number
  readonly ContainersRunning: number
  readonly ContainersPaused: number
  readonly ContainersStopped: number
  readonly Images: number
  readonly Driver: string
  readonly CgroupVersion?: string
}

/** The engine's words for a missing target would tell an absent one from an invisible one. */
async function missing<T> (kind: string, reference: string, call: Promise<T>): Promise<T> {
  try { return await call } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') throw noSuch(kind, reference, error)
    throw error
  }
}

/** The engine says 304 where what is asked for is so already. */
async function unlessSo (call: Promise<unknown>): Promise<void> {
  try { await call } catch (error) {
    if (!(error instanceof Failure && engineStatus(error) === 304)) throw error
  }
}

const engineStatus = ({ cause }: Failure): unknown => (cause as { statusCode?: unknown } | undefined)?.statusCode

function exitCodeOf (answer: unknown): number {
  const { StatusCode, Error: error } = answer as { StatusCode: number, Error?: { Message: string } | null }
  if (error?.Message !== undefined) throw engineError(error.Message)
  return StatusCode
}

/** As `docker pull` reads it: without a tag or digest it is `latest`, never every tag there is. */
function pullParts (reference: string): [fromImage: string, tag: string] {
  if (reference.includes('@')) return [reference, '']
  const [, name = reference, tag = 'latest'] = /^(.*?)(?::([\w][\w.-]*))?$/.exec(reference) ?? []
  return [name, tag]
}
