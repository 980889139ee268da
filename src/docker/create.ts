import { finished } from 'node:stream/promises'
import { Failure, failureOf, invalidField } from '../errors.js'
import { createRequest, type CreateRequest } from './container-body.js'
import type { ContainerSpec } from './container-spec.js'
import type { Host } from './host.js'
import { GRACE_MS } from './host/deadlines.js'
import { bareName } from './models/container.js'
import { registryHeader } from './registry-auth.js'

interface Created { id: string, name: string, warnings: string[] }

interface RunOptions { readonly wait?: boolean, readonly remove?: boolean, readonly timeoutSeconds?: number }

interface Run {
  id: string
  name: string
  exitCode?: number
  stdout?: string
  stderr?: string
  truncated?: boolean
  timedOut?: boolean
}

/** What a waited-for run keeps of each of its outputs. */
const OUTPUT_BYTES = 1024 * 1024

/** Creates, and pulls first where the spec says so. What could not be put together whole is removed again. */
export async function createContainer (host: Host, spec: ContainerSpec & { autoRemove?: boolean }, signal: AbortSignal): Promise<Created> {
  const request = createRequest(spec, await host.apiVersion())
  if (spec.pull === 'always') await pull(host, spec, signal)
  const { Id: id, Warnings: warnings } = await asked(host, spec, request).catch(async (error: unknown) => {
    if ((spec.pull ?? 'missing') !== 'missing' || !lacksImage(error)) throw error
    await pull(host, spec, signal)
    return await asked(host, spec, request)
  })
  return await orRemoved(host, id, async () => {
    for (const [network, endpoint] of request.later) await host.containers.connect(id, network, endpoint)
    const name = spec.name ?? bareName((await host.containers.inspect(id)).Name)
    return { id, name, warnings: warnings ?? [] }
  })
}

const asked = (host: Host, { name, platform }: ContainerSpec, { body }: CreateRequest) => host.containers.create({ name, platform }, body)

/** Engines say so in two ways: it is not there, or it is there for another platform. */
const lacksImage = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'not-found' && /^No such image|does not match the specified platform/.test(error.detail)

async function pull (host: Host, { image, platform, registryAuth }: ContainerSpec, signal: AbortSignal): Promise<void> {
  const progress = await host.images.pull(image, { platform, registryAuth: registryHeader(registryAuth) }, signal)
  await finished(progress.resume(), { signal })
}

/** Creates and starts; what could not be started is removed again. */
export async function runContainer (host: Host, { wait = false, remove = false, timeoutSeconds, ...spec }: ContainerSpec & RunOptions, signal: AbortSignal): Promise<Run> {
  if (timeoutSeconds !== undefined && !wait) throw invalidField('timeoutSeconds', 'goes with wait: nobody looks at the clock of a container that is not waited for')
  // Whoever waits reads the exit code first; the engine's own removal could come before that.
  const { id, name } = await createContainer(host, { ...spec, autoRemove: remove && !wait }, signal)
  return await orRemoved(host, id, async () => {
    if (!wait) {
      await host.containers.start(id)
      return { id, name }
    }
    const result = await waited(host, id, spec.tty ?? false, timeoutSeconds, signal)
    if (remove) await dropped(host, id)
    return { id, name, ...result }
  })
}

/** Nothing half-made stays, also where the caller has left. */
async function orRemoved<T> (host: Host, id: string, work: () => Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    await dropped(host, id)
    throw error
  }
}

async function dropped (host: Host, id: string): Promise<void> {
  await host.containers.remove(id, { force: true, volumes: true }).catch(() => {})
}

async function waited (host: Host, id: string, terminal: boolean, timeoutSeconds: number | undefined, signal: AbortSignal): Promise<Omit<Run, 'id' | 'name'>> {
  const clock = new Clock(host, id)
  const either = AbortSignal.any([signal, clock.signal])
  try {
    const output = await host.containers.collectOutput(id, terminal, OUTPUT_BYTES, either)
    const exit = await host.containers.waitForExit(id, either)
    await host.containers.start(id)
    if (timeoutSeconds !== undefined) clock.start(timeoutSeconds)
    const exitCode = await exit()
    return { exitCode, ...await output(), ...(timeoutSeconds === undefined ? {} : { timedOut: clock.timedOut }) }
  } catch (error) {
    throw clock.failure ?? error
  } finally { clock.stop() }
}

/** Kills a container when its time is over. Where that does not end it either, the wait ends all the same. */
class Clock {
  readonly #given = new AbortController()
  readonly signal = this.#given.signal
  timedOut = false
  #timer?: NodeJS.Timeout
  failure?: Failure

  constructor (private readonly host: Host, private readonly id: string) {}

  start (seconds: number): void {
    this.#timer = setTimeout(() => { void this.#kill() }, seconds * 1000)
  }

  stop (): void {
    clearTimeout(this.#timer)
  }

  async #kill (): Promise<void> {
    try {
      this.#timer = setTimeout(() => this.#giveUp(new Failure('host-timeout', `host ${this.host.name} did not end the container in time`)), GRACE_MS)
      await this.host.containers.kill(this.id)
      this.timedOut = true
    } catch (error) {
      // It may have ended by itself in this very moment: its exit code is on its way then.
      const failure = failureOf(error)
      if (failure.code !== 'conflict' && failure.code !== 'not-found') this.#giveUp(failure)
    }
  }

  #giveUp (failure: Failure): void {
    this.failure = failure
    this.#given.abort()
  }
}
