import { Failure, failureOf, invalidField } from '../../lib/errors.js'
import type { ContainerSpec } from './container-spec.js'
import { createContainer, findCreated, createdOf, orRemoved, removeIfThere, type Before, type Created, type CreateOptions } from './create.js'
import type { Host } from '../../engine/host.js'
import type { Collected, Encoding } from '../../engine/streams/collect.js'
import { GRACE_MS } from '../../engine/host/deadlines.js'

interface RunOptions { readonly wait?: boolean, readonly remove?: boolean, readonly timeoutSeconds?: number, readonly encoding?: Encoding }
type RunSpec = ContainerSpec & RunOptions

/** How a container that was waited for ended. */
interface Ended extends Collected { exitCode: number, timedOut?: boolean }

type Run = { id: string, name: string } & Partial<Ended>

/** What a waited-for run keeps of each of its outputs. */
const OUTPUT_BYTES = 1024 * 1024

/**
 * Creates and starts; what could not be started is removed again. Once it runs it is the caller's, who may leave:
 * then it is removed only where that was asked for.
 */
export async function runContainer (host: Host, spec: RunSpec, making: CreateOptions, made: (made: Created) => void): Promise<Run> {
  const { wait = false, remove = false, timeoutSeconds, encoding, ...rest } = spec
  if (encoding !== undefined && !wait) throw invalidField('encoding', 'goes with wait: the output of a container that is not waited for is not in the answer')
  if (timeoutSeconds !== undefined && !wait) throw invalidField('timeoutSeconds', 'goes with wait: nobody looks at the clock of a container that is not waited for')
  // Whoever waits reads the exit code first; the engine's own removal could come before that.
  const created = await createContainer(host, { ...rest, autoRemove: remove && !wait }, making)
  made(created)
  return await runCreated(host, created, spec, making.signal)
}

/** What a run made whose end is not known is brought to its end. undefined: it is not there. */
export async function runBefore (host: Host, { wait = false, remove = false, timeoutSeconds, encoding, ...spec }: RunSpec, before: Before, signal: AbortSignal): Promise<Run | undefined> {
  const found = await findCreated(host, spec, before)
  if (found === undefined) return undefined
  const created = createdOf(found)
  const startedAt = Date.parse(found.State.StartedAt)
  if (startedAt < 0) return await runCreated(host, created, { ...spec, wait, remove, timeoutSeconds, encoding }, signal)
  const { id, name } = created
  if (!wait) return { id, name }
  const clock = new Clock(host, id, timeoutSeconds, Math.max(0, (timeoutSeconds ?? 0) - (Date.now() - startedAt) / 1000))
  return { id, name, ...await ended(host, id, async signal => await rejoined(host, id, { terminal: found.Config.Tty, encoding }, signal), { clock, remove, signal }) }
}

async function runCreated (host: Host, { id, name }: Created, { wait = false, remove = false, timeoutSeconds, encoding, tty: terminal = false }: RunSpec, signal: AbortSignal): Promise<Run> {
  if (!wait) {
    await orRemoved(host, id, async () => { await host.containers.start(id) })
    return { id, name }
  }
  const clock = new Clock(host, id, timeoutSeconds)
  const begin = async (signal: AbortSignal) => await orRemoved(host, id, async () => await started(host, id, { terminal, encoding }, signal))
  return { id, name, ...await ended(host, id, begin, { clock, remove, signal }) }
}

interface Output { readonly terminal: boolean, readonly encoding?: Encoding }
interface Ending { readonly clock: Clock, readonly remove: boolean, readonly signal: AbortSignal }

async function ended (host: Host, id: string, begin: (signal: AbortSignal) => Promise<() => Promise<Ended>>, { clock, remove, signal }: Ending): Promise<Ended> {
  const ending = await begin(AbortSignal.any([signal, clock.signal]))
  try { return await timed(ending, clock, signal) } finally {
    // How it ended is told in any case.
    if (remove) await removeIfThere(host, id).catch(() => {})
  }
}

/** It was started already: its end is waited for, and what it wrote is read from its log, if it has one that can be read. */
async function rejoined (host: Host, id: string, { terminal, encoding }: Output, signal: AbortSignal): Promise<() => Promise<Ended>> {
  const exit = await host.containers.wait(id, 'not-running', signal)
  return async () => {
    const exitCode = await exit()
    const output = await host.containers.collectOutput(id, 'until now', terminal, { limitBytes: OUTPUT_BYTES, encoding }, signal).catch(() => async () => ({ stdout: '', stderr: '', truncated: true, replaced: false }))
    return { exitCode, ...await output() }
  }
}

/** Listens first and starts then: an end or an output that comes at once is not missed. */
async function started (host: Host, id: string, { terminal, encoding }: Output, signal: AbortSignal): Promise<() => Promise<Ended>> {
  const output = await host.containers.collectOutput(id, 'from now', terminal, { limitBytes: OUTPUT_BYTES, encoding }, signal)
  const exit = await host.containers.wait(id, 'next-exit', signal)
  await host.containers.start(id)
  return async () => ({ exitCode: await exit(), ...await output() })
}

async function timed (ending: () => Promise<Ended>, clock: Clock, signal: AbortSignal): Promise<Ended> {
  clock.start()
  try {
    const ended = await ending()
    return clock.seconds === undefined ? ended : { ...ended, timedOut: await clock.killed() }
  } catch (error) {
    throw clock.failure ?? error
  } finally {
    // Whoever leaves takes nothing back: the time that the container was given is still all it has.
    if (!signal.aborted) clock.stop()
  }
}

/** Kills a container when its time is over. Where that does not end it either, the wait ends all the same. */
class Clock {
  readonly #given = new AbortController()
  readonly signal = this.#given.signal
  /** Whether it was the kill that ended the container; there once the time is over. */
  #killed?: Promise<boolean>
  #timer?: NodeJS.Timeout
  failure?: Failure

  /** @param left of these seconds, where some are over already */
  constructor (private readonly host: Host, private readonly id: string, readonly seconds: number | undefined, private readonly left = seconds) {}

  start (): void {
    if (this.seconds !== undefined) this.#timer = setTimeout(() => { this.#killed = this.#kill() }, (this.left ?? this.seconds) * 1000).unref()
  }

  stop (): void {
    clearTimeout(this.#timer)
  }

  /** For whoever has seen the end: that can be told before the engine has answered the kill. */
  async killed (): Promise<boolean> {
    return await this.#killed ?? false
  }

  async #kill (): Promise<boolean> {
    try {
      this.#timer = setTimeout(() => this.#giveUp(new Failure('host-timeout', `host ${this.host.name} did not end the container in time`)), GRACE_MS).unref()
      await this.host.containers.kill(this.id)
      return true
    } catch (error) {
      // It may have ended by itself in this very moment: its exit code is on its way then.
      const failure = failureOf(error)
      if (failure.code === 'conflict' || failure.code === 'not-found') return false
      this.#giveUp(failure)
      return true
    }
  }

  #giveUp (failure: Failure): void {
    this.failure = failure
    this.#given.abort()
  }
}
