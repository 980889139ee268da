import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { Failure } from '../errors.js'
import { createRequest, type CreateRequest } from './container-body.js'
import type { ContainerSpec } from './container-spec.js'
import type { Host } from './host.js'
import type { Look } from './limits/made.js'
import { findMade, marked } from './marks.js'
import { bareName } from './models/container.js'
import { registryHeader } from './registry-auth.js'

export interface Created { id: string, name: string, warnings: string[] }

type Spec = ContainerSpec & { readonly autoRemove?: boolean }

/** Whose call it is, where what it makes may have to be found again. */
export interface Making {
  readonly signal: AbortSignal
  readonly mark?: string
  /** Told as soon as the container is there; where it throws, the container is removed again. */
  readonly there?: (id: string) => Promise<void>
  /** Looks at what the engine made of it; where it throws, that is removed again. Whoever has no limits needs none. */
  readonly look?: Look
  /** Has the engine asked when there is room for it. */
  readonly within: Within
}

export type Within = <T>(request: CreateRequest, create: () => Promise<T>) => Promise<T>

/** Creates, and pulls first where the spec says so. What could not be put together whole is removed again. */
export async function createContainer (host: Host, plain: Spec, { signal, mark, there, look, within }: Making): Promise<Created> {
  const spec = mark === undefined ? plain : marked(plain, mark)
  const request = createRequest(spec, await host.apiVersion())
  if (spec.pull === 'always') await pull(host, spec, signal)
  const ask = async () => await within(request, async () => await asked(host, spec, request))
  const { Id: id, Warnings: warnings } = await ask().catch(async (error: unknown) => {
    if ((spec.pull ?? 'missing') !== 'missing' || !lacksImage(error)) throw error
    await pull(host, spec, signal)
    return await ask()
  })
  return await orRemoved(host, id, async () => {
    await there?.(id)
    await connect(host, id, request, [])
    if (look === undefined && spec.name !== undefined) return { id, name: spec.name, warnings: warnings ?? [] }
    const made = await host.containers.inspect(id)
    await look?.({ host, made, spec, request })
    return { id, name: bareName(made.Name), warnings: warnings ?? [] }
  })
}

/** A call whose end is not known. */
export interface Before { readonly callId: string, readonly look?: Look }

/** What a call made whose end is not known, put together whole. undefined: it is not there. */
export async function createdBefore (host: Host, spec: Spec, { callId, look }: Before): Promise<Docker.ContainerInspectInfo | undefined> {
  const found = await findMade(host, callId)
  if (found === undefined) return undefined
  const request = createRequest(spec, await host.apiVersion())
  return await orRemoved(host, found.Id, async () => {
    await connect(host, found.Id, request, networksOf(found))
    await look?.({ host, made: found, spec, request })
    return found
  })
}

/** By their names and by their ids: a create may have called them by either. */
const networksOf = ({ NetworkSettings: { Networks } }: Docker.ContainerInspectInfo): string[] =>
  Object.entries(Networks).flatMap(([name, { NetworkID }]) => [name, NetworkID])

export const createdOf = ({ Id: id, Name }: Pick<Docker.ContainerInspectInfo, 'Id' | 'Name'>): Created => ({ id, name: bareName(Name), warnings: [] })

async function connect (host: Host, id: string, { later }: CreateRequest, already: readonly string[]): Promise<void> {
  for (const [network, endpoint] of later) if (!already.includes(network)) await host.networks.connect(network, id, endpoint)
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
