import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { conflict, invalidField, invalidInput, notFound } from '../../lib/errors.js'
import { bareName } from './container-name.js'
import { unlikelyKeys } from '../../engine/detach-keys.js'
import { NOT_BEGUN, areEnginesWords, removedBefore } from './exec-begun.js'
import { EXEC_LABEL, endExec, ended, newExecLabel, type LabelledExec } from './exec-end.js'
import type { Host } from '../../engine/host.js'
import type { ExecState, HostExecs } from '../../engine/host/exec.js'
import type { ExecResult } from './models/exec.js'
import { Collector, type Encoding } from '../../engine/streams/collect.js'

/** What is kept of each output, and taken as input. */
export const TEXT_BYTES = 1024 * 1024
/** What was written before the end, on its way here. */
const DRAIN_MS = 1000

export interface ExecOptions {
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string | null>>
  readonly user?: string
  readonly workingDir?: string
  readonly tty?: boolean
  readonly privileged?: boolean
  readonly interactive?: boolean
  readonly stdin?: string
  readonly timeoutSeconds?: number
  readonly detachKeys?: string
  readonly encoding?: Encoding
}

/** Where a command runs. */
interface Place { readonly host: Host, readonly container: Docker.ContainerInspectInfo }

/**
 * Runs a command in a container, or makes an exec for somebody to attach to.
 * @param made is told of it before it is started
 */
export async function execInContainer ({ host, container }: Place, options: ExecOptions, signal: AbortSignal, made: (exec: LabelledExec) => Promise<void>): Promise<ExecResult> {
  refuse(options)
  const { env = {}, interactive = false, stdin, detachKeys: _, encoding: __, ...spec } = options
  const mark = newExecLabel()
  const lines = Object.entries(env).map(([key, value]) => value === null ? key : `${key}=${value}`)
  const { Id: containerId } = container
  const execId = await host.execs.create(containerId, { ...spec, env: [...lines, `${EXEC_LABEL}=${mark}`], detachKeys: unlikelyKeys(), stdin: interactive || stdin !== undefined })
  const labelled = { containerId, execId, mark, user: spec.user, privileged: spec.privileged }
  await made(labelled)
  return interactive ? { execId } : await new Run({ host, container }, labelled, options, signal).result()
}

function refuse ({ interactive = false, tty = false, stdin, timeoutSeconds, encoding, detachKeys }: ExecOptions): void {
  if (detachKeys !== undefined && !(interactive && tty)) throw invalidField('detachKeys', 'goes with interactive and tty: nothing else can be detached from')
  const given = Object.entries({ stdin, timeoutSeconds, encoding }).filter(([, value]) => value !== undefined).map(([name]) => name)
  if (interactive && given.length > 0) {
    throw invalidInput(`an interactive exec is not waited for: leave out ${given.join(' and ')}`, given.map(name => ({ path: `/${name}`, message: 'does not go with interactive' })))
  }
  if (stdin !== undefined && Buffer.byteLength(stdin) > TEXT_BYTES) {
    throw invalidInput('stdin takes 1 MiB at most', [{ path: '/stdin', message: `is longer than ${TEXT_BYTES} bytes` }])
  }
}

const STOPPED = Symbol('stopped')

/** One command that is waited for: to its end, to its time limit, or until the caller leaves. */
class Run {
  readonly #output: Collector
  readonly #stop = new AbortController()
  readonly #tty: boolean
  private readonly execs: HostExecs

  constructor (private readonly place: Place, private readonly labelled: LabelledExec, private readonly options: ExecOptions, private readonly signal: AbortSignal) {
    this.execs = place.host.execs
    this.#tty = options.tty ?? false
    this.#output = new Collector({ limitBytes: TEXT_BYTES, encoding: options.encoding })
  }

  async result (): Promise<ExecResult> {
    const { timeoutSeconds } = this.options
    const stop = () => this.#stop.abort()
    const timer = timeoutSeconds === undefined ? undefined : setTimeout(stop, timeoutSeconds * 1000)
    this.signal.addEventListener('abort', stop, { once: true })
    try {
      this.signal.throwIfAborted()
      return { execId: this.labelled.execId, ...await this.#attached(), ...(timeoutSeconds === undefined ? {} : { timedOut: this.#stop.signal.aborted }) }
    } catch (error) {
      // Nobody waits any more, and a start that was cut off may have begun all the same.
      void endExec(this.execs, this.labelled).catch(() => {})
      throw error
    } finally {
      clearTimeout(timer)
      this.signal.removeEventListener('abort', stop)
    }
  }

  async #attached (): Promise<Omit<ExecResult, 'execId'>> {
    const stream = await this.execs.start(this.labelled.execId, this.#tty, this.signal)
    try {
      const done = this.#done(stream)
      done.catch(() => {})
      const state = await Promise.race([done, once(this.#stop.signal)])
      this.signal.throwIfAborted()
      return state === STOPPED ? await this.#timedOut(done) : await this.#answer(state)
    } finally { stream.destroy() }
  }

  async #done (stream: Duplex): Promise<ExecState | null> {
    const { execs, options: { stdin }, labelled: { execId } } = this
    if (stdin !== undefined) this.#send(stream, stdin)
    try {
      await this.#output.take(execs.pieces(stream, this.#tty))
    } catch (error) {
      // Where a process ends without having read all of its input, the connection is cut instead of ended.
      const state = stdin === undefined ? undefined : await execs.inspect(execId)
      if (state === undefined || state?.running === true) throw error
    }
    return await ended(execs, execId, this.#stop.signal)
  }

  /** The engine takes the end of a terminal's input for the end of its output as well. */
  #send (stream: Duplex, stdin: string): void {
    if (this.#tty) stream.write(stdin)
    else stream.end(stdin)
  }

  async #timedOut (done: Promise<unknown>): Promise<Omit<ExecResult, 'execId'>> {
    const over = await endExec(this.execs, this.labelled)
    if (over) await Promise.race([done.catch(() => {}), sleep(DRAIN_MS)])
    return { ...await this.#answer(await this.execs.inspect(this.labelled.execId)), processLeftRunning: !over }
  }

  async #answer (state: ExecState | null): Promise<Omit<ExecResult, 'execId'>> {
    const [output, words] = [this.#output.result(), this.#output.words()]
    if (state?.running === true) return output
    await this.#refuseGone(state, words)
    if (state === null) return output
    // It was never begun: the engine says why where the output would be.
    if (state.exitCode === null) throw conflict(words || 'the engine did not begin the command')
    return { exitCode: state.exitCode, ...output }
  }

  /** @throws `not-found` where the container was removed before the command began, and all there is are the engine's words */
  async #refuseGone (state: ExecState | null, words: string): Promise<void> {
    const { host, container } = this.place
    const mayBe = areEnginesWords(words) || (words === '' && state !== null && NOT_BEGUN.has(state.exitCode))
    if (mayBe && await removedBefore(host, container, words, this.signal)) throw notFound(`container ${bareName(container.Name)} was removed before the command began`)
  }
}

const once = (signal: AbortSignal): Promise<typeof STOPPED> => new Promise(resolve => {
  if (signal.aborted) resolve(STOPPED)
  else signal.addEventListener('abort', () => { resolve(STOPPED) }, { once: true })
})
