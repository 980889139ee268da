import { finished } from 'node:stream/promises'
import { Failure } from '../errors.js'
import { createRequest, type CreateRequest } from './container-body.js'
import type { ContainerSpec } from './container-spec.js'
import type { Host } from './host.js'
import { bareName } from './models/container.js'
import { registryHeader } from './registry-auth.js'

export interface Created { id: string, name: string, warnings: string[] }

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
    for (const [network, endpoint] of request.later) await host.networks.connect(network, id, endpoint)
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

/** Nothing half-made stays, also where the caller has left. */
export async function orRemoved<T> (host: Host, id: string, work: () => Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    await removeIfThere(host, id)
    throw error
  }
}

export async function removeIfThere (host: Host, id: string): Promise<void> {
  await host.containers.remove(id, { force: true, volumes: true }).catch(() => {})
}
