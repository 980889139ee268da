import type Docker from 'dockerode'
import type { Limits } from '../../auth/limits/schema.js'
import type { ContainerSpec } from '../container-spec.js'
import { volumesNamed } from '../guards/claims.js'
import type { Host } from '../host.js'
import { unlessAbsent } from '../host/refusals.js'
import { bareName } from '../models/container.js'
import type { EngineVolume } from '../models/volume.js'
import { containerPattern } from '../names.js'
import type { Finding } from './rows.js'
import { refusePath } from './rules/binds.js'
import { refuseNamespace } from './rules/namespaces.js'
import { refuseVolume } from './rules/volumes.js'

const CONTAINER = new RegExp(containerPattern)

type Weigh = (limits: Limits) => readonly Finding[]

/** What a container gets without its spec saying so: the options of volumes that are there, and what others bring along. */
export async function inherited (host: Host, spec: Partial<ContainerSpec>): Promise<Weigh> {
  const weighs: Weigh[] = [await joined(host, spec)]
  const volumes = new Map<string, EngineVolume | undefined>()
  for (const { reference, field } of volumesNamed(spec)) {
    if (volumes.has(reference)) continue
    const volume = await unlessAbsent(host.volumes.inspect(reference))
    volumes.set(reference, volume)
    if (volume !== undefined) weighs.push(limits => volumeFindings(volume, [field], limits))
  }
  for (const [at, from] of (spec.volumesFrom ?? []).entries()) {
    const [name = '', mode] = from.split(':')
    const other = CONTAINER.test(name) ? await unlessAbsent(host.containers.inspect(bareName(name))) : undefined
    if (other !== undefined) weighs.push(await mounted(host, other, { at: ['volumesFrom', String(at)], readOnly: mode === 'ro' }))
  }
  return limits => weighs.flatMap(weigh => weigh(limits))
}

const NAMESPACES = { networkMode: 'network', pidMode: 'pid', ipcMode: 'ipc' } as const
const ENGINE_NAMES = { networkMode: 'NetworkMode', pidMode: 'PidMode', ipcMode: 'IpcMode' } as const
/** Containers that share with others that share with others: further than that nobody looks. */
const HOPS = 8

/** Who joins a container that shares a namespace of the host's shares it as well, with capabilities that an exec there would not have. */
async function joined (host: Host, spec: Partial<ContainerSpec>): Promise<Weigh> {
  const weighs: Weigh[] = []
  for (const field of ['networkMode', 'pidMode', 'ipcMode'] as const) {
    const end = await lastMode(host, spec[field] ?? '', ENGINE_NAMES[field])
    if (spec[field] !== end) weighs.push(limits => found('namespaces', [field], refuseNamespace(NAMESPACES[field])(end, limits)))
  }
  return limits => weighs.flatMap(weigh => weigh(limits))
}

/** What a mode comes to in the end; `host` where that is too far to see. */
async function lastMode (host: Host, mode: string, field: 'NetworkMode' | 'PidMode' | 'IpcMode'): Promise<string> {
  let last = mode
  for (let hop = 0; hop < HOPS; hop++) {
    const [, name] = /^container:(.+)$/.exec(last) ?? []
    if (name === undefined) return last === 'host' || hop === 0 ? last : 'private'
    const other = CONTAINER.test(name) ? await unlessAbsent(host.containers.inspect(bareName(name))) : undefined
    if (other === undefined) return 'private'
    last = other.HostConfig[field] ?? ''
  }
  return 'host'
}

/** What is mounted into a container that is there, whoever saw to that. */
export async function mounted (host: Host, { Mounts }: Pick<Docker.ContainerInspectInfo, 'Mounts'>, { at, readOnly = false }: { readonly at: readonly string[], readonly readOnly?: boolean }): Promise<Weigh> {
  const weighs: Weigh[] = []
  for (const mount of Mounts as EngineMount[]) {
    if (mount.Type === 'bind') weighs.push(limits => found('bindRoots', at, refusePath(mount.Source, readOnly || !mount.RW, limits)))
    else if (mount.Type === 'volume') {
      const volume = await unlessAbsent(host.volumes.inspect(mount.Name ?? ''))
      if (volume !== undefined) weighs.push(limits => volumeFindings(volume, at, limits))
    } else if (mount.Type !== 'tmpfs' && mount.Type !== 'image') weighs.push(() => found('mountTypes', at, `${mount.Type}: a mount of this type takes the role admin`))
  }
  return limits => weighs.flatMap(weigh => weigh(limits))
}

/** What engines say of a mount of a container's. */
interface EngineMount { readonly Type: string, readonly Name?: string, readonly Source: string, readonly RW: boolean }

function volumeFindings ({ Name, Driver, Options }: EngineVolume, at: readonly string[], limits: Limits): readonly Finding[] {
  const refused = refuseVolume(Driver, Options, limits)
  return refused === undefined ? [] : found(refused.limit, at, `the volume ${Name}: ${refused.message}`)
}

const found = (limit: string, at: readonly string[], message: string | undefined): readonly Finding[] => message === undefined ? [] : [{ limit, at, message }]
