import type Docker from 'dockerode'
import { isAtLeast } from './api-version.js'
import type { Host } from './host.js'
import { isLive, ownBytes, type EngineDiskUsage } from './models/disk-usage.js'
import { nothingGone, type Gone } from './models/system-prune.js'
import { goingImages } from './system-prune-images.js'
import { wanted, type PruneOrder } from './system-prune-order.js'

/** The label by which engines of API 1.42 and newer know a volume that nobody named. */
const ANONYMOUS = 'com.docker.volume.anonymous'
/** Networks and images that are looked at at the same time. */
const AT_ONCE = 8

/** What a prune would remove, by what the engine's own prunes go by. Nothing is changed. */
export async function planPrune (host: Host, order: PruneOrder, signal: AbortSignal): Promise<Gone> {
  const usage = await host.system.diskUsage(await host.apiVersion(), signal)
  const containers = order.kinds.has('containers') ? (usage.Containers ?? []).filter(container => !isLive(container) && container.State !== 'removing' && wanted(order, container.Labels, container.Created)) : []
  const ids = new Set(containers.map(({ Id }) => Id))
  const left = (usage.Containers ?? []).filter(({ Id }) => !ids.has(Id))
  return {
    containers: { removed: [...ids], reclaimedBytes: sum(containers.map(({ SizeRw = 0 }) => SizeRw)) },
    networks: order.kinds.has('networks') ? { removed: await goingNetworks(host, order), reclaimedBytes: 0 } : nothingGone(),
    volumes: order.kinds.has('volumes') ? goingVolumes(usage, left, order, await host.apiVersion()) : nothingGone(),
    images: order.kinds.has('images') ? await planImages(host, usage, left, order) : nothingGone(),
    buildCache: order.kinds.has('buildCache') ? goingBuildCache(usage, order) : nothingGone()
  }
}

async function goingNetworks (host: Host, order: PruneOrder): Promise<string[]> {
  const made = (await host.networks.list({ type: ['custom'] })).filter(network => !network.ConfigOnly && wanted(order, network.Labels, Date.parse(network.Created) / 1000))
  // A list does not say what is on a network.
  const looked = await inTurns(made, async ({ Id }) => await host.networks.inspect(Id))
  return looked.filter(({ Containers }) => Object.keys(Containers ?? {}).length === 0).map(({ Name }) => Name)
}

function goingVolumes ({ Volumes }: EngineDiskUsage, left: readonly Docker.ContainerInfo[], order: PruneOrder, api: string): Gone['volumes'] {
  const held = new Set(left.flatMap(({ Mounts }) => (Mounts ?? []).flatMap(({ Name }) => Name === undefined ? [] : [Name])))
  const going = (Volumes ?? []).filter(({ Name, Driver, Options, Labels }) =>
    Driver === 'local' && Object.keys(Options ?? {}).length === 0 && !held.has(Name) && wanted(order, Labels, -Infinity) &&
    (order.allVolumes || (isAtLeast(api, '1.42') && ANONYMOUS in (Labels ?? {}))))
  return { removed: going.map(({ Name }) => Name), reclaimedBytes: sum(going.map(({ UsageData }) => Math.max(0, UsageData?.Size ?? 0))) }
}

async function planImages (host: Host, usage: EngineDiskUsage, left: readonly Docker.ContainerInfo[], order: PruneOrder): Promise<Gone['images']> {
  const all = await host.images.list({ all: true })
  const removed = goingImages(all, new Set(left.map(({ ImageID }) => ImageID)), order)
  const going = (usage.Images ?? []).filter(({ Id }) => removed.includes(Id))
  return { removed, reclaimedBytes: Math.max(0, sum(going.map(ownBytes)) - await keptByBuilds(host, usage, going.map(({ Id }) => Id))) }
}

/**
 * A layer that builds have kept as well is free only when that goes, and is counted there. Engines do not say whose
 * it is: a layer of the same size to the byte is taken for it.
 */
async function keptByBuilds (host: Host, { BuildCache }: EngineDiskUsage, images: readonly string[]): Promise<number> {
  const kept = (BuildCache ?? []).filter(({ Shared, Size }) => Shared && Size > 0).map(({ Size }) => Size)
  if (kept.length === 0) return 0
  const layers = (await inTurns(images, async id => await host.images.history(id))).flat().map(({ Size }) => Size)
  return sum(kept.filter(size => {
    const at = layers.indexOf(size)
    return at >= 0 && layers.splice(at, 1).length > 0
  }))
}

async function inTurns<T, R> (items: readonly T[], look: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) found.push(...await Promise.all(items.slice(at, at + AT_ONCE).map(look)))
  return found
}

function goingBuildCache ({ BuildCache }: EngineDiskUsage, { allImages, untilSeconds = Infinity }: PruneOrder): Gone['buildCache'] {
  const going = (BuildCache ?? []).filter(({ InUse, Shared, Type, LastUsedAt }) =>
    !InUse && (allImages || !(Shared || ['internal', 'frontend'].includes(Type))) && (LastUsedAt == null || Date.parse(LastUsedAt) / 1000 < untilSeconds))
  return { removed: going.map(({ ID }) => ID), reclaimedBytes: sum(going.map(({ Size }) => Size)) }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0)
