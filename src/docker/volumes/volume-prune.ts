import type Docker from 'dockerode'
import type { Access } from '../../authorization/access.js'
import { invalidField } from '../../lib/errors.js'
import { volumeRow } from '../authorization/rows.js'
import type { Host } from '../../engine/host.js'
import type { EngineVolume } from '../../engine/objects.js'
import { volumeSummary } from './models/volume.js'
import { removeEach, pruneReport, pruneFilterOf, type Prunable, type PruneFilter } from '../system/pruning.js'
import type { PruneInput } from '../system/prune-selection.js'

interface VolumePrune extends PruneInput { readonly all?: boolean }

/** Volumes that no container has, of those that the caller may remove. */
export async function pruneVolumes (host: Host, access: Access, { all = false, ...input }: VolumePrune, signal: AbortSignal): Promise<{ removed: string[], reclaimedBytes: number }> {
  const wants = pruneFilterOf(input)
  const isNamed = await namesKnown(host, all, 'all')
  const may = (volume: EngineVolume) => access.allows('volume.prune', volumeRow(volumeSummary(host.name, volume)))
  const going = (await prunableVolumes(host, { wants, all, isNamed, containers: await host.containers.list({ all: true }) })).filter(may)
  return pruneReport(await removeVolumes(host, await volumeSizes(host, going, signal), signal))
}

/**
 * Tells volumes that somebody named from those that an engine made by itself.
 * `field` is the input that says that both go.
 * @throws `invalid-input` where the engine does not know and nobody said so: a volume may hold what nothing else has
 */
export async function namesKnown (host: Host, all: boolean, field: string): Promise<(volume: EngineVolume) => boolean> {
  const isUnnamed = all ? () => true : await host.volumes.unnamed()
  if (isUnnamed === undefined) throw invalidField(field, `must be true here: this engine, of API ${await host.apiVersion()}, does not tell volumes with a name from those without, so that both would go`)
  return volume => !isUnnamed(volume)
}

interface Look {
  readonly wants: PruneFilter
  readonly all: boolean
  readonly isNamed: (volume: EngineVolume) => boolean
  /** Those that stay; whatever they have, whether they run or not, stays as well. */
  readonly containers: readonly Docker.ContainerInfo[]
}

/** Of the driver `local` and without options: behind others may be what is no host's alone. */
export async function prunableVolumes (host: Host, { wants, all, isNamed, containers }: Look): Promise<EngineVolume[]> {
  const held = new Set(containers.flatMap(({ Mounts }) => (Mounts ?? []).flatMap(({ Name }) => Name === undefined ? [] : [Name])))
  return (await host.volumes.list()).filter(volume =>
    volume.Driver === 'local' && Object.keys(volume.Options ?? {}).length === 0 && !held.has(volume.Name) && wants(volume.Labels, -Infinity) && (all || !isNamed(volume)))
}

/** What is in them is told by an account of the disk alone. */
export async function volumeSizes (host: Host, going: readonly EngineVolume[], signal: AbortSignal): Promise<Prunable[]> {
  const { Volumes } = going.length === 0 ? { Volumes: [] } : await host.system.diskUsage(signal, ['volumes'])
  const bytes = new Map((Volumes ?? []).map(({ Name, UsageData }) => [Name, Math.max(0, UsageData?.Size ?? 0)]))
  return going.map(({ Name: id }) => ({ id, bytes: bytes.get(id) ?? 0 }))
}

export const removeVolumes = async (host: Host, going: readonly Prunable[], signal?: AbortSignal): Promise<Prunable[]> =>
  await removeEach(going, async ({ id }) => { await host.volumes.remove(id, {}) }, signal)
