import type Docker from 'dockerode'
import type { ContainerSpec } from '../containers/container-spec.js'
import { namedVolumes } from '../authorization/references.js'
import type { Host } from '../../engine/host.js'
import { unlessAbsent } from '../../engine/host/refusals.js'
import type { EngineVolume } from '../../engine/objects.js'
import { containerNamed } from './joined.js'
import type { Violation, FindViolations, LimitsOnHost } from './rows.js'
import { refusePath } from './rules/binds.js'
import { refuseVolume } from './rules/volumes.js'

/** What a container gets without its spec saying so: the options of volumes that are there, and what others bring along. */
export async function inherited (host: Host, spec: Pick<ContainerSpec, 'binds' | 'mounts' | 'volumesFrom'>): Promise<FindViolations> {
  const checks: FindViolations[] = []
  const volumes = new Map<string, EngineVolume | undefined>()
  for (const { reference, field } of namedVolumes(spec)) {
    if (volumes.has(reference)) continue
    const volume = await unlessAbsent(host.volumes.inspect(reference))
    volumes.set(reference, volume)
    if (volume !== undefined) checks.push(limits => volumeViolations(volume, [field], limits))
  }
  for (const [at, from] of (spec.volumesFrom ?? []).entries()) {
    const [name = '', mode] = from.split(':')
    const other = await containerNamed(host, name)
    if (other !== undefined) checks.push(await mounted(host, other, { at: ['volumesFrom', String(at)], readOnly: mode === 'ro' }))
  }
  return limits => checks.flatMap(check => check(limits))
}

/** What is mounted into a container that is there, whoever saw to that. */
export async function mounted (host: Host, { Mounts }: Pick<Docker.ContainerInspectInfo, 'Mounts'>, { at, readOnly = false }: { readonly at: readonly string[], readonly readOnly?: boolean }): Promise<FindViolations> {
  const checks: FindViolations[] = []
  for (const mount of Mounts as EngineMount[]) {
    if (mount.Type === 'bind') checks.push(limits => found('bindRoots', at, refusePath(mount.Source, readOnly || !mount.RW, limits)))
    else if (mount.Type === 'volume') {
      const volume = await unlessAbsent(host.volumes.inspect(mount.Name ?? ''))
      if (volume !== undefined) checks.push(limits => volumeViolations(volume, at, limits))
    } else if (mount.Type !== 'tmpfs' && mount.Type !== 'image') checks.push(() => found('mountTypes', at, `${mount.Type}: a mount of this type takes the role admin`))
  }
  return limits => checks.flatMap(check => check(limits))
}

/** What engines say of a mount of a container's. */
interface EngineMount { readonly Type: string, readonly Name?: string, readonly Source: string, readonly RW: boolean }

function volumeViolations ({ Name, Driver, Options }: EngineVolume, at: readonly string[], limits: LimitsOnHost): readonly Violation[] {
  const refused = refuseVolume(Driver, Options, limits)
  return refused === undefined ? [] : found(refused.limit, at, `the volume ${Name}: ${refused.message}`)
}

const found = (limit: string, at: readonly string[], message: string | undefined): readonly Violation[] => message === undefined ? [] : [{ limit, at, message }]
