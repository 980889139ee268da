import { needsApi } from './api-version.js'
import type { Host } from './host.js'
import { nothingGone, type Gone, type PruneKind, type SystemPrune } from './models/system-prune.js'
import { pruneFilters } from './prune-filters.js'
import { orderOf, unusedSeconds, type PruneOrder, type SystemPruneInput } from './system-prune-order.js'
import { planPrune } from './system-prune-plan.js'
import { volumePruneFilters } from './volume-prune.js'

/**
 * All kinds of one host, in the order in which they let go of one another.
 * @throws `invalid-input` for what engines would not heed
 */
export async function pruneSystem (host: Host, input: SystemPruneInput, signal: AbortSignal): Promise<SystemPrune> {
  const order = orderOf(input)
  await needsApi(host, { ...input }, { buildCacheMaxUsedBytes: '1.48', buildCacheMinFreeBytes: '1.48' })
  const api = await host.apiVersion()
  const volumes = order.kinds.has('volumes') ? volumePruneFilters({ all: order.allVolumes, label: order.label, labelNot: order.labelNot }, api, 'allVolumes') : {}
  const gone = input.dryRun ? await planPrune(host, order, signal) : await prune(host, order, volumes, signal)
  return { dryRun: input.dryRun, ...gone, reclaimedBytes: Object.values(gone).reduce((sum, { reclaimedBytes }) => sum + reclaimedBytes, 0) }
}

async function prune (host: Host, order: PruneOrder, volumeFilters: Record<string, string[]>, signal: AbortSignal): Promise<Gone> {
  const { kinds, untilSeconds, label, labelNot } = order
  const filters = { ...pruneFilters({ label, labelNot }), ...(untilSeconds === undefined ? {} : { until: [String(untilSeconds)] }) }
  const of = async <T>(kind: PruneKind, work: () => Promise<T>) => kinds.has(kind) ? await work() : nothingGone()
  const containers = await of('containers', async () => await host.containers.prune(filters))
  const networks = await of('networks', async () => ({ removed: await host.networks.prune(filters), reclaimedBytes: 0 }))
  const volumes = await of('volumes', async () => await host.volumes.prune(volumeFilters))
  const images = await of('images', async () => await pruneImages(host, { ...filters, dangling: [String(!order.allImages)] }, signal))
  const buildCache = await of('buildCache', async () => await host.system.pruneBuildCache({ all: order.allImages, unusedSeconds: unusedSeconds(order), room: order.room }, signal))
  return { containers, networks, volumes, images, buildCache }
}

/** An engine tells of images and of their layers in one list: images are those that it had before. */
async function pruneImages (host: Host, filters: Record<string, string[]>, signal: AbortSignal): Promise<Gone['images']> {
  const before = new Set((await host.images.list({ all: true })).map(({ Id }) => Id))
  const { ImagesDeleted, SpaceReclaimed: reclaimedBytes } = await host.images.prune(filters, signal)
  return { removed: (ImagesDeleted ?? []).flatMap(({ Deleted }) => Deleted !== undefined && before.has(Deleted) ? [Deleted] : []), reclaimedBytes }
}
