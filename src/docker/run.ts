import { Failure, failureOf, invalidField } from '../errors.js'
import type { ContainerSpec } from './container-spec.js'
import { createContainer, orRemoved, removeIfThere, type Created } from './create.js'
import type { Host } from './host.js'
import { GRACE_MS } from './host/deadlines.js'

interface RunOptions { readonly wait?: boolean, readonly remove?: boolean, readonly timeoutSeconds?: number }

/** How a container that was waited for ended. */
interface Ended { exitCode: number, stdout: string, stderr: string, truncated: boolean, timedOut?: boolean }

type Run = { id: string, name: string } & Partial<Ended>

/** What a waited-for run keeps of each of its outputs. */
const OUTPUT_BYTES = 1024 * 1024

/**
 * Creates and starts; what could not be started is removed again. Once it runs it is the caller's, who may leave:
 * then it is removed only where that was asked for.
 */
export async function runContainer (host: Host, { wait = false, remove = false, timeoutSeconds, ...spec }: ContainerSpec & RunOptions, signal: AbortSignal, made: (made: Created) => void): Promise<Run> {
  if (timeoutSeconds !== undefined && !wait) throw invalidField('timeoutSeconds', 'goes with wait: nobody looks at the clock of a container that is not waited for')
  // Whoever waits reads the exit code first; the engine's own removal could come before that.
  const created = await createContainer(host, { ...spec, autoRemove: remove && !wait }, signal)
  const { id, name } = created
  made(created)
  if (!wait) {
    await orRemoved(host, id, async () => { await host.containers.start(id) })
    return { id, name }
  }
  const clock = new Clock(host, id, timeoutSeconds)
  const ending = await orRemoved(host, id, async () => await started(host, id, spec.tty ?? false, AbortSignal.any([signal, clock.signal])))
  try {
    return { id, name, ...await timed(ending, clock, signal) }
  } finally {
    if (remove) await removeIfThere(host, id)
  }
}

/** Listens first and starts then: an end or an output that comes at once is not missed. */
async function started (host: Host, id: string, terminal: boolean, signal: AbortSignal): Promise<() => Promise<Ended>> {
  const output = await host.containers.collectOutput(id, terminal, OUTPUT_BYTES, signal)
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

  constructor (private readonly host: Host, private readonly id: string, readonly seconds: number | undefined) {}

  start (): void {
    if (this.seconds !== undefined) this.#timer = setTimeout(() => { this.#killed = this.#kill() }, this.seconds * 1000).unref()
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
