import http, { type IncomingMessage } from 'node:http'
import { Readable, pipeline, type Duplex, type Transform } from 'node:stream'
import Docker from 'dockerode'
import { ENGINE_BATCH, sendInBatches } from '../../lib/batches.js'
import { TRANSFER_BYTES } from '../../lib/transfer.js'
import { Failure, engineError, hostUnreachable } from '../../lib/errors.js'
import { parseJson } from '../../lib/exact-json.js'
import type { Metrics } from '../../metrics/metrics.js'
import { markEngineEffect } from '../../model/engine-effect.js'
import { answerText } from './answer-text.js'
import { DataFolder } from './data-folder.js'
import type { Engine } from '../kinds/engine.js'
import { Negotiation, isVersionRefusal } from '../kinds/negotiation.js'
import { EngineAgent, HijackAgent } from './agent.js'
import { engineFailure, engineRefusal, engineSaid, isNotReached, messageOf, refusedExtent } from './errors.js'

/** Where an engine is. */
export type Address = { readonly socketPath: string } | { readonly host: string, readonly port: number }

/** How long a short call may take. */
export const UNARY_MS = 10_000
/** How long an error may wait for what is to be left out of it. */
const INFO_MS = 2000
/** An engine's error answers are short; what is longer is cut. */
const ERROR_BYTES = 64 * 1024

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** A request whose answer is a stream. Paths are made of checked names only. */
export interface StreamRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readable | string
  /** Until the engine's status line; default {@link UNARY_MS}. With an upload: how long nothing may move. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  /** Whether much is to come or to go: its buffers are then larger. */
  readonly bulk?: boolean
  /** The path is as it is to be sent, without the version that calls are pinned to. */
  readonly unpinned?: boolean
  /** Over a connection that others have used and will use: for short answers that are read to their end. */
  readonly shared?: boolean
}

/**
 * The connection to one engine: short calls through dockerode, streams through our own client. Every call has a deadline, and is pinned
 * to the version of the API that was agreed on: an engine that is upgraded answers as before.
 */
export class Connection {
  /** Short calls share sockets, a bounded number of them. */
  readonly #agent = new EngineAgent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 32 })
  /** A stream gets a connection of its own: ending it early is then the engine's sign to stop its work. */
  readonly #streams = new EngineAgent({ keepAlive: false })
  readonly #hijacks = new HijackAgent({ keepAlive: false })
  readonly #dataFolder = new DataFolder(async () => await this.#askDataFolder())
  readonly #negotiation: Negotiation
  #docker: { readonly api: string, readonly client: Docker } | undefined

  /** @param engine what it is, where that need not be asked */
  constructor (readonly name: string, private readonly address: Address, private readonly metrics: Metrics, engine?: Engine) {
    this.#negotiation = new Negotiation(async path => await this.#plainly(path), engine)
    // An engine that ends takes its open connections with it.
    this.#agent.onClosed = () => { this.#negotiation.forget() }
  }

  /** What answers there. @throws as {@link unary} */
  async engine (signal?: AbortSignal): Promise<Engine> {
    const asked = this.#negotiation.engine()
    return await (signal === undefined || this.#negotiation.known !== undefined ? asked : Promise.race([asked, rejection(signal)]))
  }

  /** The version of the API that calls are made in. @throws as {@link unary} */
  async apiVersion (): Promise<string> {
    return (await this.engine()).api
  }

  /**
   * A short call: the whole answer, within the deadline. What it is, is not known here: it counts as one that changes unless `reads` says otherwise.
   * @throws `host-unreachable`, `host-timeout`, or the engine's refusal
   */
  async unary<T> (work: (docker: Docker, signal: AbortSignal) => Promise<T>, { deadlineMs = UNARY_MS, signal, reads = false }: { deadlineMs?: number, signal?: AbortSignal, reads?: boolean } = {}): Promise<T> {
    const limit = AbortSignal.timeout(deadlineMs)
    const either = signal === undefined ? limit : AbortSignal.any([limit, signal])
    return await this.#counted({ method: reads ? 'GET' : 'POST', signal: either }, async engine => await Promise.race([work(this.#client(engine), either), rejection(either)]))
  }

  /**
   * Settles once the engine has accepted: with the answer's stream, which the caller owns.
   * @throws `host-unreachable`, `host-timeout`, or the engine's refusal
   */
  async open (request: StreamRequest): Promise<IncomingMessage> {
    return await this.#counted(request, async engine => {
      const answer = await this.#send(pinned(request, engine))
      const status = answer.statusCode ?? 0
      if (status >= 200 && status < 300) return answer
      const failure = await refusal(answer)
      // An upload that goes on would be for nothing.
      answer.destroy()
      throw failure
    })
  }

  /**
   * A short call that dockerode has no whole answer to: JSON in, JSON out, within the deadline.
   * @throws as {@link unary}
   */
  async json<T> (request: Omit<StreamRequest, 'body'>, body?: object): Promise<T> {
    const limit = AbortSignal.timeout(request.deadlineMs ?? UNARY_MS)
    const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal])
    const answer = await this.open({ ...request, ...jsonContent(body), signal })
    return await this.reading(answerText(answer).then(body => parseJson(body) as T), signal)
  }

  /**
   * A short call that is answered with nothing.
   * @throws as {@link unary}
   */
  async order (request: Omit<StreamRequest, 'body'>, body?: object): Promise<void> {
    const answer = await this.open({ ...request, ...jsonContent(body) })
    answer.on('error', () => {}).resume()
  }

  /** What is read of an answer: whatever breaks it off is told as the host's failure. */
  async reading<T> (work: Promise<T>, signal?: AbortSignal): Promise<T> {
    try { return await work } catch (error) { throw engineFailure(this.name, signal?.aborted === true ? signal.reason : error) }
  }

  /**
   * A request whose connection the engine gives over to bare bytes in both directions; settles once it has. It is a
   * connection of its own, and the caller owns it: `end()` closes the way there alone, destroying it lets go of the
   * engine. What can't be written any more is no error of its own: reading tells. The request's signal ends the opening,
   * not what was opened.
   * @throws as {@link open}
   */
  async hijack (request: Omit<StreamRequest, 'body'>, body?: object): Promise<Duplex> {
    return await this.#counted(request, async engine => await this.#upgrade(pinned(request, engine), body))
  }

  /**
   * An answer through its transforms. What breaks the connection on the way is told as what it is: the host's failure.
   * Destroying the result lets go of the engine.
   */
  through<T extends Transform> (answer: Readable, ...transforms: [...Transform[], T]): T {
    const last = transforms.at(-1) as T
    // Before the pipeline's own listener, which would pass on the bare error.
    answer.once('error', error => { last.destroy(engineFailure(this.name, error) as Error) })
    pipeline([answer, ...transforms], () => {})
    return last
  }

  /** What the engine says in a stream that it failed at. */
  async said (message: string): Promise<Failure> {
    return await this.#dataFolder.hiddenIn(engineSaid(message))
  }

  async #askDataFolder (): Promise<string | undefined> {
    const request = { method: 'GET', path: '/info', signal: AbortSignal.timeout(INFO_MS) } as const
    const answer = await this.#send(pinned(request, this.#negotiation.known))
    return (JSON.parse(await answerText(answer)) as { DockerRootDir?: string }).DockerRootDir
  }

  close (): void {
    this.#agent.destroy()
    this.#streams.destroy()
    this.#hijacks.destroy()
  }

  async #counted<T> (call: Pick<StreamRequest, 'method' | 'signal' | 'body' | 'unpinned'>, work: (engine: Engine | undefined) => Promise<T>): Promise<T> {
    const done = this.metrics.engineCall(this.name)
    const changes = call.method !== 'GET' && call.method !== 'HEAD'
    const engine = await this.#agreed(call, done)
    try {
      const result = await work(engine).catch(async error => await this.#asAnother(error, call, work))
      if (changes) markEngineEffect()
      done('ok')
      return result
    } catch (thrown) {
      if (changes && !isNotReached(thrown)) markEngineEffect(refusedExtent(thrown))
      const plain = engineFailure(this.name, thrown)
      const error = plain instanceof Failure ? await this.#dataFolder.hiddenIn(plain) : plain
      done(error instanceof Failure ? error.code : 'client-left')
      if (error instanceof Failure && error.code === 'host-unreachable') this.#negotiation.forget()
      throw error
    }
  }

  /** Before the call is made: what fails here is nothing that the engine was asked to do. */
  async #agreed ({ unpinned, signal }: Pick<StreamRequest, 'signal' | 'unpinned'>, done: (outcome: string) => void): Promise<Engine | undefined> {
    if (unpinned === true) return undefined
    try { return await this.engine(signal) } catch (thrown) {
      const error = engineFailure(this.name, thrown)
      done(error instanceof Failure ? error.code : 'client-left')
      throw error
    }
  }

  /** An engine that refuses the version is another than was asked, and has done nothing. What was read of an upload can't be sent again. */
  async #asAnother<T> (error: unknown, { signal, body }: Pick<StreamRequest, 'signal' | 'body'>, work: (engine: Engine) => Promise<T>): Promise<T> {
    const refusal = engineFailure(this.name, error)
    if (!isVersionRefusal(refusal)) throw error
    this.#negotiation.forget()
    if (body instanceof Readable) throw hostUnreachable(`host ${this.name} has another engine than it had: try again`, { cause: error })
    return await work(await this.engine(signal))
  }

  #client (engine: Engine | undefined): Docker {
    const api = engine?.api ?? ''
    if (this.#docker?.api !== api) {
      const options: Docker.DockerOptions & { agent: http.Agent } = { ...this.address, protocol: 'http', agent: this.#agent, version: `v${api}` }
      this.#docker = { api, client: new Docker(options) }
    }
    return this.#docker.client
  }

  /** The negotiation's own questions, which no version is agreed on for. */
  async #plainly<T> (path: string): Promise<T> {
    try {
      const answer = await this.#send({ method: 'GET', path, signal: AbortSignal.timeout(UNARY_MS) })
      if (answer.statusCode !== 200) throw await refusal(answer)
      return JSON.parse(await answerText(answer)) as T
    } catch (error) { throw engineFailure(this.name, error) }
  }

  async #send ({ method, path, query = {}, headers = {}, body, deadlineMs = UNARY_MS, signal, bulk = body instanceof Readable, shared = false }: StreamRequest): Promise<IncomingMessage> {
    const buffers = bulk ? { highWaterMark: TRANSFER_BYTES } : {}
    const request = http.request({ ...this.address, ...buffers, method, path: pathWith(path, query), headers, agent: shared ? this.#agent : this.#streams, signal })
    return await new Promise((resolve, reject) => {
      // More than one error may come: of the answer's stream, of the upload. None of them may end the process.
      request.on('error', reject).once('response', resolve)
      if (body === undefined || typeof body === 'string') {
        limitWait(request, deadlineMs)
        request.end(body)
      } else {
        limitStandstill(request, deadlineMs)
        // Before the pipeline cuts the connection: what is wrong with the upload is not the host's failure.
        body.once('error', error => { reject(error); request.destroy(error) })
        sendInBatches(body, request, ENGINE_BATCH, error => { if (error !== null) request.destroy(error) })
      }
    })
  }

  async #upgrade ({ method, path, query = {}, headers = {}, deadlineMs = UNARY_MS, signal }: Omit<StreamRequest, 'body'>, body?: object): Promise<Duplex> {
    const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const wanted = { ...headers, ...type, Connection: 'Upgrade', Upgrade: 'tcp' }
    const request = http.request({ ...this.address, method, path: pathWith(path, query), headers: wanted, agent: this.#hijacks, signal })
    return await new Promise((resolve, reject) => {
      request.on('error', reject)
      request.once('upgrade', (_answer, socket, head) => { resolve(rawBytes(socket, head)) })
      request.once('response', answer => { refusal(answer).then(reject, reject) })
      limitWait(request, deadlineMs)
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

/** With the version of the API in its path. */
const pinned = <R extends Pick<StreamRequest, 'path'>>(request: R, engine: Engine | undefined): R =>
  engine === undefined ? request : { ...request, path: `/v${engine.api}${request.path}` }

/** What came in one piece with the engine's yes belongs to the stream already. */
function rawBytes (socket: Duplex, head: Buffer): Duplex {
  // Its errors are told where it is read; until somebody reads, none of them may end the process.
  socket.on('error', () => {})
  if (head.length > 0) socket.unshift(head)
  return socket
}

const jsonContent = (body: object | undefined) =>
  body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }

function pathWith (path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]))
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`
}

function limitWait (request: http.ClientRequest, deadlineMs: number): void {
  const timer = setTimeout(() => request.destroy(timeoutError()), deadlineMs)
  const settled = () => clearTimeout(timer)
  request.once('response', settled).once('upgrade', settled).once('close', settled)
}

/**
 * An upload may not stand still, and its answer has to come. Once it is through and answered the engine may take its
 * time: a step of a build can be silent for an hour.
 */
function limitStandstill (request: http.ClientRequest, deadlineMs: number): void {
  request.setTimeout(deadlineMs, () => request.destroy(timeoutError()))
  let awaited = 2
  const came = () => { if (--awaited === 0) request.setTimeout(0) }
  request.once('finish', came).once('response', came)
}

const timeoutError = () => new DOMException('the engine did not answer in time', 'TimeoutError')

/** Never settles but by the signal: a connection that dies behind the headers leaves dockerode's promise open forever. */
const rejection = (signal: AbortSignal): Promise<never> => new Promise((_resolve, reject) => {
  const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
})

async function refusal (answer: IncomingMessage): Promise<Failure> {
  const status = answer.statusCode ?? 0
  if (status < 300) answer.destroy()
  return status < 300 ? engineError(`the engine answered ${status} and kept the connection to itself`) : engineRefusal(status, await refusalText(answer), { statusCode: status })
}

async function refusalText (answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk
    if (text.length > ERROR_BYTES) break
  }
  try { return messageOf(JSON.parse(text)) ?? text } catch { return text }
}
