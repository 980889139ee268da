import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { Failure, failureOf } from '../../lib/errors.js'
import { requestFor, type CreateRequest } from './container-body.js'
import type { ContainerSpec } from './container-spec.js'
import { isUndone } from '../../engine/connection/errors.js'
import type { Host } from '../../engine/host.js'
import { unlessAbsent } from '../../engine/host/refusals.js'
import type { VerifyCreated } from '../limits/verify-created.js'
import { findCreatedBy, withCallLabel } from '../../engine/call-label.js'
import { bareName } from './container-name.js'
import { registryHeader } from '../../engine/registry-auth.js'

export interface Created { id: string, name: string, warnings: string[] }

type Spec = ContainerSpec & { readonly autoRemove?: boolean }

/** Whose call it is, where what it makes may have to be found again. */
export interface CreateOptions {
  readonly signal: AbortSignal
  readonly mark?: string
  /** Told as soon as the container is there; where it throws, the container is removed again. */
  readonly there?: (id: string) => Promise<void>
  /** Looks at what the engine made of it; where it throws, that is removed again. Whoever has no limits needs none. With a mark: until then nobody may do anything with it. */
  readonly look?: VerifyCreated
  /** Has the engine asked when there is room for it. */
  readonly within: CreateTimeouts
}

export type CreateTimeouts = <T>(request: CreateRequest, create: () => Promise<T>) => Promise<T>

/** Creates, and pulls first where the spec says so. What could not be put together whole is removed again. */
export async function createContainer (host: Host, plain: Spec, { signal, mark, there, look, within }: CreateOptions): Promise<Created> {
  const spec = mark === undefined ? plain : withCallLabel(plain, mark)
  const request = await requestFor(host, spec)
  const unverified = look === undefined ? undefined : mark
  if (spec.pull === 'always') await pull(host, spec, signal)
  const ask = async () => await within(request, async () => await asked(host, spec, request, unverified))
  const { Id: id, Warnings: warnings } = await ask().catch(async (error: unknown) => {
    if ((spec.pull ?? 'missing') !== 'missing' || !lacksImage(error)) throw error
    await pull(host, spec, signal)
    return await ask()
  })
  return await orRemoved(host, id, async () => {
    await there?.(id)
    const name = look === undefined && spec.name !== undefined ? spec.name : await looked(host, id, { spec, request, look })
    await connect(host, id, request, [])
    return { id, name, warnings: warnings ?? [] }
  }, unverified)
}

/** A call whose end is not known. */
export interface Before { readonly callId: string, readonly look?: VerifyCreated }

/** What a call made whose end is not known, put together whole. undefined: it is not there. */
export async function findCreated (host: Host, spec: Spec, { callId, look }: Before): Promise<Docker.ContainerInspectInfo | undefined> {
  const found = await findCreatedBy(host, callId)
  if (found === undefined) return undefined
  const request = await requestFor(host, spec)
  const unverified = look === undefined ? undefined : callId
  if (unverified !== undefined) host.unverified.begin(unverified)
  return await orRemoved(host, found.Id, async () => {
    await look?.({ host, made: found, spec, request })
    await connect(host, found.Id, request, networksOf(found))
    return found
  }, unverified)
}

/** By their names and by their ids: a create may have called them by either. */
const networksOf = ({ NetworkSettings: { Networks } }: Docker.ContainerInspectInfo): string[] =>
  Object.entries(Networks).flatMap(([name, { NetworkID }]) => [name, NetworkID])

export const createdOf = ({ Id: id, Name }: Pick<Docker.ContainerInspectInfo, 'Id' | 'Name'>): Created => ({ id, name: bareName(Name), warnings: [] })

async function connect (host: Host, id: string, { later }: CreateRequest, already: readonly string[]): Promise<void> {
  for (const [network, endpoint] of later) if (!already.includes(network)) await host.networks.connect(network, id, endpoint)
}

async function looked (host: Host, id: string, { look, ...what }: { readonly spec: Spec, readonly request: CreateRequest, readonly look?: VerifyCreated }): Promise<string> {
  const made = await host.containers.inspect(id)
  await look?.({ host, made, ...what })
  return bareName(made.Name)
}

/** @param unverified the call label of what has to be looked at before anybody may do anything with it */
async function asked (host: Host, { name, platform }: ContainerSpec, { body }: CreateRequest, unverified: string | undefined) {
  if (unverified !== undefined) host.unverified.begin(unverified)
  try { return await host.containers.create({ name, platform }, body) } catch (error) {
    if (unverified !== undefined) isUndone(error) ? host.unverified.end(unverified) : host.unverified.lost(unverified)
    throw error
  }
}

/** Engines say so in two ways: it is not there, or it is there for another platform. */
const lacksImage = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'not-found' && /^No such image|does not match the specified platform/.test(error.detail)

async function pull (host: Host, { image, platform, registryAuth }: ContainerSpec, signal: AbortSignal): Promise<void> {
  const progress = await host.images.pull(image, { platform, registryAuth: registryHeader(registryAuth) }, signal)
  await finished(progress.resume(), { signal })
}

/**
 * Nothing half-made stays, also where the caller has left: what can't be removed is told of.
 * @param unverified the call label under which it waits for this work; what stays of it goes on waiting
 */
export async function orRemoved<T> (host: Host, id: string, work: () => Promise<T>, unverified?: string): Promise<T> {
  try {
    const result = await work()
    if (unverified !== undefined) host.unverified.end(unverified)
    return result
  } catch (error) {
    if (unverified !== undefined) host.unverified.lost(unverified)
    try { await removeIfThere(host, id) } catch (stuck) {
      throw error instanceof Failure ? alsoStuck(error, id, failureOf(stuck)) : error
    }
    if (unverified !== undefined) host.unverified.end(unverified)
    throw error
  }
}

function alsoStuck (failure: Failure, id: string, { detail: why }: Failure): Failure {
  const { code, detail, errors, rule } = failure
  return new Failure(code, `${detail}; the container ${id} that was made could not be removed again (${why}): remove it`, { errors, rule, cause: failure })
}

/** @throws where it may still be there */
export async function removeIfThere (host: Host, id: string): Promise<void> {
  await unlessAbsent(host.containers.remove(id, { force: true, volumes: true })).catch((error: unknown) => {
    // Nobody can start it any more.
    if (!(error instanceof Failure && error.code === 'conflict' && /is already in progress$/.test(error.detail))) throw error
  })
}
