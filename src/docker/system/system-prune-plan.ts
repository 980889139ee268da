import type Docker from 'dockerode'
import { prunableContainers, sized } from '../containers/container-prune.js'
import type { Host } from '../../engine/host.js'
import type { WithManifests, EngineDiskUsage } from '../../engine/objects.js'
import { ownBytes } from './models/disk-usage.js'
import { nothingPruned, type PrunedResources } from './models/system-prune.js'
import { prunableNetworks } from '../networks/network-prune.js'
import { isSelected } from './prune-selection.js'
import { mapInBatches, pruneReport, type Prunable, type PruneFilter } from './pruning.js'
import { prunableImages } from './system-prune-images.js'
import type { PruneOrder } from './system-prune-order.js'
import { prunableVolumes, namesKnown, volumeSizes } from '../volumes/volume-prune.js'
import { sum } from '../../lib/sum.js'

/** What a prune removes, as it was found before anything is. */
export interface PrunePlan {
  readonly containers: readonly Prunable[]
  readonly networks: readonly Prunable[]
  readonly volumes: readonly Prunable[]
  readonly images: ReadonlyArray<Docker.ImageInfo & WithManifests>
}

/** What of each kind goes, by our own look at what is there. Nothing is changed. */
export async function planPrune (host: Host, order: PruneOrder, signal: AbortSignal): Promise<PrunePlan> {
  const { kinds } = order
  const wants: PruneFilter = (labels, created) => isSelected(order, labels, created)
  const isNamed = kinds.has('volumes') ? await namesKnown(host, order.allVolumes, 'allVolumes') : () => true
  const all = await host.containers.list({ all: true })
  const containers = kinds.has('containers') ? prunableContainers(all, wants) : []
  const ids = new Set(containers.map(({ Id }) => Id))
  const left = all.filter(({ Id }) => !ids.has(Id))
  const volumes = kinds.has('volumes') ? await prunableVolumes(host, { wants, all: order.allVolumes, isNamed, containers: left }) : []
  return {
    containers: await sized(host, containers),
    networks: kinds.has('networks') ? await prunableNetworks(host, wants, { without: ids }) : [],
    volumes: await volumeSizes(host, volumes, signal),
    images: kinds.has('images') ? await planImages(host, left, order, wants) : []
  }
}

async function planImages (host: Host, left: readonly Docker.ContainerInfo[], { allImages }: PruneOrder, wants: PruneFilter): Promise<Array<Docker.ImageInfo & WithManifests>> {
  const used = new Set(left.map(({ ImageID }) => ImageID))
  return prunableImages(await host.images.list({ all: true, manifests: true }), used, { allImages, wants: ({ Labels, Created }) => wants(Labels, Created) })
}

/** What a prune would come to. */
export async function plannedResult (host: Host, { containers, networks, volumes, images }: PrunePlan, order: PruneOrder, signal: AbortSignal): Promise<PrunedResources> {
  const usage = images.length > 0 || order.kinds.has('buildCache') ? await host.system.diskUsage(signal) : undefined
  return {
    containers: pruneReport(containers),
    networks: pruneReport(networks),
    volumes: pruneReport(volumes),
    images: usage === undefined ? nothingPruned() : await imagesForetold(host, usage, images),
    buildCache: usage !== undefined && order.kinds.has('buildCache') ? goingBuildCache(usage, order) : nothingPruned()
  }
}

/**
 * What an image's parts take as registries have them, where the store keeps that too. Engines up to API 1.51 do not say how much of it
 * others have as well: of an image that shares layers it is not promised.
 */
const contentBytes = ({ Manifests }: WithManifests): number => sum((Manifests ?? []).map(({ Size }) => Size.Content))

async function imagesForetold (host: Host, usage: EngineDiskUsage, images: PrunePlan['images']): Promise<PrunedResources['images']> {
  const removed = images.map(({ Id }) => Id)
  const going = (usage.Images ?? []).filter(({ Id }) => removed.includes(Id))
  const content = new Map(images.map(image => [image.Id, contentBytes(image)]))
  const least = going.map(image => image.SharedSize > 0 ? Math.max(0, ownBytes(image) - (content.get(image.Id) ?? 0)) : ownBytes(image))
  return { removed, reclaimedBytes: Math.max(0, sum(least) - await keptByBuilds(host, usage, going.map(({ Id }) => Id))) }
}

/**
 * A layer that builds have kept as well is free only when that goes, and is counted there. Engines do not say whose
 * it is: a layer of the same size to the byte is taken for it.
 */
async function keptByBuilds (host: Host, { BuildCache }: EngineDiskUsage, images: readonly string[]): Promise<number> {
  const kept = (BuildCache ?? []).filter(({ Shared, Size }) => Shared && Size > 0).map(({ Size }) => Size)
  if (kept.length === 0) return 0
  const layers = (await mapInBatches(images, async id => await host.images.history(id))).flat().map(({ Size }) => Size)
  return sum(kept.filter(size => {
    const at = layers.indexOf(size)
    return at >= 0 && layers.splice(at, 1).length > 0
  }))
}

function goingBuildCache ({ BuildCache }: EngineDiskUsage, { allImages, untilSeconds = Infinity }: PruneOrder): PrunedResources['buildCache'] {
  const going = (BuildCache ?? []).filter(({ InUse, Shared, Type, LastUsedAt }) =>
    !InUse && (allImages || !(Shared || ['internal', 'frontend'].includes(Type))) && (LastUsedAt == null || Date.parse(LastUsedAt) / 1000 < untilSeconds))
  return { removed: going.map(({ ID }) => ID), reclaimedBytes: sum(going.map(({ Size }) => Size)) }
}
