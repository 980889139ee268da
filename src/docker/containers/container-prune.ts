import type Docker from 'dockerode'
import type { Access } from '../../authorization/access.js'
import { containerRow } from '../authorization/rows.js'
import type { Host } from '../../engine/host.js'
import { containerSummary } from './models/container.js'
import { removeEach, pruneReport, pruneFilterOf, type Prunable, type PruneFilter } from '../system/pruning.js'
import type { PruneInput } from '../system/prune-selection.js'

/** How a container stands that does not run and is not on its way to it. Podman says `configured` and `stopped` as well. */
const AT_REST = new Set(['created', 'exited', 'dead', 'configured', 'stopped'])
/** So many ids go into one address. */
const IDS_AT_ONCE = 50

/** Containers that do not run, of those that the caller may remove so. */
export async function pruneContainers (host: Host, access: Access, input: PruneInput): Promise<{ removed: string[], reclaimedBytes: number }> {
  const wants = pruneFilterOf(input)
  const may = (info: Docker.ContainerInfo) => access.allows('container.prune', containerRow(containerSummary(host.name, info)))
  const going = await sized(host, prunableContainers(await host.containers.list({ all: true }), wants).filter(may))
  return pruneReport(await removeContainers(host, going))
}

export const prunableContainers = (all: readonly Docker.ContainerInfo[], wants: PruneFilter): Docker.ContainerInfo[] =>
  all.filter(({ State, Labels, Created }) => AT_REST.has(State) && wants(Labels, Created))

/** What each has written takes the engine a look at its files: only those are asked for that go. */
export async function sized (host: Host, containers: readonly Docker.ContainerInfo[]): Promise<Prunable[]> {
  const bytes = new Map<string, number>()
  for (let at = 0; at < containers.length; at += IDS_AT_ONCE) {
    const id = containers.slice(at, at + IDS_AT_ONCE).map(({ Id }) => Id)
    const found: Array<Docker.ContainerInfo & { readonly SizeRw?: number }> = await host.containers.list({ all: true, size: true, filters: { id } })
    for (const { Id, SizeRw = 0 } of found) bytes.set(Id, SizeRw)
  }
  return containers.map(({ Id: id }) => ({ id, bytes: bytes.get(id) ?? 0 }))
}

export const removeContainers = async (host: Host, going: readonly Prunable[], signal?: AbortSignal): Promise<Prunable[]> =>
  await removeEach(going, async ({ id }) => { await host.containers.remove(id) }, signal)
