import type Docker from 'dockerode'
import type { Access } from '../../authorization/access.js'
import { imageRow } from '../authorization/rows.js'
import type { Host } from '../../engine/host.js'
import { unlessAbsent } from '../../engine/host/refusals.js'
import type { Removal } from '../../engine/host/images.js'
import type { EngineDiskUsage } from '../../engine/objects.js'
import { imageSummary } from './models/image.js'
import { isNamed, repositories } from './image-names.js'
import { prunableImages } from '../system/system-prune-images.js'
import { removeEach, unlessInTheWay, pruneFilterOf } from '../system/pruning.js'
import type { PruneInput } from '../system/prune-selection.js'
import { sum } from '../../lib/sum.js'

interface ImagePrune extends PruneInput { readonly all?: boolean }
interface Removed { readonly removals: Removal[], readonly reclaimedBytes: number }

/** Images that no container is made of, of those that the caller may remove: whose names are all among theirs. */
export async function pruneImages (host: Host, access: Access, { all: allImages = false, ...input }: ImagePrune, signal: AbortSignal): Promise<Removed> {
  const wants = pruneFilterOf(input)
  const [images, containers] = await Promise.all([host.images.list({ all: true }), host.containers.list({ all: true })])
  const isAll = access.allowsAll('image.prune', host.name)
  // One without a name is nobody's by its name.
  const may = (info: Docker.ImageInfo) => isAll || isTheirs(access, imageSummary(host.name, info))
  const going = prunableImages(images, new Set(containers.map(({ ImageID }) => ImageID)), { allImages, wants: info => wants(info.Labels, info.Created) && may(info) })
  return await removeImages(host, going, signal)
}

function isTheirs (access: Access, row: ReturnType<typeof imageSummary>): boolean {
  return row.tags.length > 0 && access.allows('image.prune', imageRow(row)) && access.namesImages('image.prune', row.host, row.tags)
}

/** With their steps and layers, as far as nothing else has them; what is free then, by the engine's account before and after. */
export async function removeImages (host: Host, going: readonly Docker.ImageInfo[], signal: AbortSignal): Promise<Removed> {
  if (going.length === 0) return { removals: [], reclaimedBytes: 0 }
  const account = async () => await host.system.diskUsage(signal, ['images', 'buildCache'])
  const before = await account()
  const removals: Removal[] = []
  await removeEach(going, async image => { removals.push(...await removeImage(host, image)) }, signal)
  return { removals, reclaimedBytes: freed(before, await account()) }
}

/** A layer that builds have kept as well is free only when that goes, and is counted there: nobody shares it any more. */
function freed (before: EngineDiskUsage, after: EngineDiskUsage): number {
  const shared = new Set((before.BuildCache ?? []).filter(({ Shared }) => Shared).map(({ ID }) => ID))
  const kept = (after.BuildCache ?? []).filter(({ ID, Shared }) => shared.has(ID) && !Shared).map(({ Size }) => Size)
  return Math.max(0, before.LayersSize - after.LayersSize - sum(kept))
}

/** An engine takes no id of what has several names: then name by name, as long as each of them means it still. */
async function removeImage (host: Host, { Id, RepoTags, RepoDigests }: Docker.ImageInfo): Promise<Removal[]> {
  const names = [...RepoTags ?? [], ...RepoDigests ?? []].filter(isNamed)
  if (repositories(names) <= 1 && (RepoTags ?? []).filter(isNamed).length <= 1) return await host.images.remove(Id, {})
  const removals: Removal[] = []
  for (const name of names) {
    if ((await unlessAbsent(host.images.inspect(name)))?.Id === Id) removals.push(...await unlessInTheWay(async () => await host.images.remove(name, {})) ?? [])
  }
  return removals
}
