import { needsApi } from '../../engine/connection/api-version.js'
import { removeContainers } from '../containers/container-prune.js'
import type { Host } from '../../engine/host.js'
import { removeImages } from '../images/image-prune.js'
import { nothingPruned, type PrunedResources, type SystemPrune } from './models/system-prune.js'
import { removeNetworks } from '../networks/network-prune.js'
import { pruneReport } from './pruning.js'
import { orderOf, unusedSeconds, type PruneOrder, type SystemPruneInput } from './system-prune-order.js'
import { plannedResult, planPrune, type PrunePlan } from './system-prune-plan.js'
import { removeVolumes } from '../volumes/volume-prune.js'

/**
 * All kinds of one host, in the order in which they let go of one another.
 * @throws `invalid-input` for what engines would not heed
 */
export async function pruneSystem (host: Host, input: SystemPruneInput, signal: AbortSignal): Promise<SystemPrune> {
  const order = orderOf(input)
  await needsApi(host, { ...input }, { buildCacheMaxUsedBytes: '1.48', buildCacheMinFreeBytes: '1.48' })
  const plan = await planPrune(host, order, signal)
  const gone = input.dryRun ? await plannedResult(host, plan, order, signal) : await carryOut(host, plan, order, signal)
  return { dryRun: input.dryRun, ...gone, reclaimedBytes: Object.values(gone).reduce((sum, { reclaimedBytes }) => sum + reclaimedBytes, 0) }
}

async function carryOut (host: Host, plan: PrunePlan, order: PruneOrder, signal: AbortSignal): Promise<PrunedResources> {
  const containers = pruneReport(await removeContainers(host, plan.containers, signal))
  const networks = pruneReport(await removeNetworks(host, plan.networks, signal))
  const volumes = pruneReport(await removeVolumes(host, plan.volumes, signal))
  const images = await carryOutImages(host, plan, signal)
  // What builds have kept can be made again: what of it goes is the engine's own choice.
  const buildCache = order.kinds.has('buildCache') ? await host.system.pruneBuildCache({ all: order.allImages, unusedSeconds: unusedSeconds(order), room: order.room }, signal) : nothingPruned()
  return { containers, networks, volumes, images, buildCache }
}

/** An engine tells of images and of their layers in one list: images are those that were found. */
async function carryOutImages (host: Host, { images }: PrunePlan, signal: AbortSignal): Promise<PrunedResources['images']> {
  const { removals, reclaimedBytes } = await removeImages(host, images, signal)
  const deleted = new Set(removals.map(({ Deleted }) => Deleted))
  return { removed: images.map(({ Id }) => Id).filter(id => deleted.has(id)), reclaimedBytes }
}
