import { finished } from 'node:stream/promises'
import { Failure } from '../errors.js'
import { containerBody } from './container-body.js'
import type { ContainerSpec } from './container-spec.js'
import type { Host } from './host.js'
import { bareName } from './models/container.js'

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

/** Creates, and pulls first where the spec says so. */
export async function createContainer (host: Host, spec: ContainerSpec & { autoRemove?: boolean }): Promise<Created> {
  const body = containerBody(spec)
  if (spec.autoRemove === true) body.HostConfig = { ...body.HostConfig, AutoRemove: true }
  if (spec.pull === 'always') await pulled(host, spec.image)
  const { Id: id, Warnings: warnings } = await host.containers.create(body).catch(async (error: unknown) => {
    if ((spec.pull ?? 'missing') !== 'missing' || !lacksImage(error)) throw error
    await pulled(host, spec.image)
    return await host.containers.create(body)
  })
  const name = spec.name ?? bareName((await host.containers.inspect(id)).Name)
  return { id, name, warnings: warnings ?? [] }
}

const lacksImage = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'not-found' && error.detail.startsWith('No such image')

async function pulled (host: Host, reference: string): Promise<void> {
  const progress = await host.images.pull(reference, {}, new AbortController().signal)
  await finished(progress.resume())
}

/** Creates and starts; what could not be started is removed again. */
export async function runContainer (host: Host, { wait = false, remove = false, timeoutSeconds, ...spec }: ContainerSpec & RunOptions, signal: AbortSignal): Promise<Run> {
  // Whoever waits reads the exit code first; the engine's own removal could come before that.
  const { id, name } = await createContainer(host, { ...spec, autoRemove: remove && !wait })
  const drop = async () => { await host.containers.remove(id, { force: true, volumes: true }).catch(() => {}) }
  if (!wait) {
    await host.containers.start(id).catch(async error => { await drop(); throw error })
    return { id, name }
  }
  const result = await waited(host, id, spec.tty ?? false, timeoutSeconds, signal).catch(async error => { await drop(); throw error })
  if (remove) await drop()
  return { id, name, ...result }
}

async function waited (host: Host, id: string, terminal: boolean, timeoutSeconds: number | undefined, signal: AbortSignal): Promise<Omit<Run, 'id' | 'name'>> {
  const output = await host.containers.collectOutput(id, terminal, OUTPUT_BYTES, signal)
  const exit = await host.containers.wait(id, 'next-exit', signal)
  await host.containers.start(id)
  let timedOut = false
  const timer = timeoutSeconds === undefined
    ? undefined
    : setTimeout(() => { timedOut = true; host.containers.kill(id).catch(() => {}) }, timeoutSeconds * 1000)
  try {
    const exitCode = await exit()
    return { exitCode, ...await output(), ...(timeoutSeconds === undefined ? {} : { timedOut }) }
  } finally { clearTimeout(timer) }
}
