import { isoOrNothing, isoUtc } from '../../../engine/times.js'
import Type, { type Static, type TProperties } from 'typebox'
import { inGraphql } from '../../../model/graphql-name.js'
import { Bytes, Count, DateTime, Flag, Text, Texts, present } from '../../../engine/models/common.js'
import { DiskUsageKind } from '../../../engine/models/disk-usage-kind.js'
import type { EngineVolume, EngineBuildCache, EngineDiskUsage, EngineImage, EngineContainer } from '../../../engine/objects.js'
import { ContainerStatus, statusOf } from '../../containers/models/container-state.js'
import { nameOf } from '../../containers/container-name.js'
import { closed } from '../../../model/objects.js'
import { sum } from '../../../lib/sum.js'

/** What one kind of thing takes of the disk. */
const usage = <P extends TProperties>(title: string, what: string, item: P) => Type.Object({
  count: Count('How many there are'),
  activeCount: Count('How many of them are in use'),
  sizeBytes: Bytes('What they take'),
  reclaimableBytes: Bytes('What would be free at least if those were removed that are not in use'),
  items: Type.Array(Type.Object(item, { ...closed, title: `${title}Item`, description: `What one of these takes: ${what}` }), { description: 'Each of them' })
}, { ...closed, title, description: `What they take of the disk: ${what}` })

/** Absent where it was not asked for. */
const wanted = <P extends TProperties>(title: string, what: string, item: P) => Type.Optional(usage(title, what, item))

export const DiskUsage = Type.Object({
  images: wanted('ImageDiskUsage', 'images', {
    id: Text('The full id, `sha256:…`', inGraphql('imageId')),
    tags: Texts('The references that name it'),
    sizeBytes: Bytes('Its size with all its layers'),
    sharedBytes: Bytes('What of that it shares with other images'),
    containers: Count('How many containers are made of it')
  }),
  containers: wanted('ContainerDiskUsage', 'containers', {
    id: Text('The full id', inGraphql('containerId')),
    name: Text('Its name'),
    state: ContainerStatus,
    sizeBytes: Bytes('What it has written to its own layer'),
    rootFsBytes: Bytes('Its whole root file system, image and all')
  }),
  volumes: wanted('VolumeDiskUsage', 'volumes', {
    name: Text('Its name'),
    sizeBytes: Type.Optional(Bytes('What is in it; absent where the engine can\'t tell, as for other drivers than `local`')),
    containers: Type.Optional(Count('How many containers have it; absent where the engine can\'t tell'))
  }),
  buildCache: wanted('BuildCacheDiskUsage', 'what builds have kept', {
    id: Text('Its id', inGraphql('recordId')),
    type: Text('E.g. `regular`, `source.local`'),
    description: Text('What it came from'),
    inUse: Flag('Whether something needs it now'),
    shared: Flag('Whether an image has it as well: it is counted there'),
    sizeBytes: Bytes('What it takes'),
    createdAt: DateTime('When it was made'),
    lastUsedAt: Type.Optional(DateTime('When it was last used; absent when never')),
    usageCount: Count('How often it was used')
  })
}, { ...closed, title: 'DiskUsage', description: 'What is on a host takes of its disk, of the kinds that were asked for. Networks take nothing' })
export type DiskUsage = Static<typeof DiskUsage>

/** @param kinds all when absent */
export function diskUsageOf ({ LayersSize, Images, Containers, Volumes, BuildCache }: EngineDiskUsage, kinds?: readonly DiskUsageKind[]): DiskUsage {
  const isWanted = (kind: DiskUsageKind) => kinds === undefined || kinds.includes(kind)
  return {
    ...(isWanted('images') ? { images: imagesUsage(LayersSize, Images ?? []) } : {}),
    ...(isWanted('containers') ? { containers: containersUsage(Containers ?? []) } : {}),
    ...(isWanted('volumes') ? { volumes: volumesUsage(Volumes ?? []) } : {}),
    ...(isWanted('buildCache') ? { buildCache: buildCacheUsage(BuildCache ?? []) } : {})
  }
}

/** Engines write -1 for what they do not know. */
export const ownBytes = ({ Size, SharedSize }: EngineImage): number => Math.max(0, Size - Math.max(0, SharedSize))
export const isLive = ({ State }: Pick<EngineContainer, 'State'>): boolean => ['running', 'paused', 'restarting'].includes(State)

const byId = <T>(key: (item: T) => string) => (one: T, other: T): number => key(one).localeCompare(key(other))

function imagesUsage (sizeBytes: number, images: readonly EngineImage[]): NonNullable<DiskUsage['images']> {
  const used = images.filter(({ Containers }) => Containers > 0)
  return {
    count: images.length,
    activeCount: used.length,
    sizeBytes,
    reclaimableBytes: sum(images.filter(image => !used.includes(image)).map(ownBytes)),
    items: images.map(image => ({
      id: image.Id, tags: (image.RepoTags ?? []).filter(tag => tag !== '<none>:<none>'), sizeBytes: image.Size, sharedBytes: Math.max(0, image.SharedSize), containers: Math.max(0, image.Containers)
    })).sort(byId(({ id }) => id))
  }
}

function containersUsage (containers: readonly EngineContainer[]): NonNullable<DiskUsage['containers']> {
  const items = containers.map(container => ({
    id: container.Id, name: nameOf(container.Names), state: statusOf(container.State), sizeBytes: container.SizeRw ?? 0, rootFsBytes: container.SizeRootFs ?? 0
  })).sort(byId(({ id }) => id))
  const idle = items.filter(({ state }) => !isLive({ State: state }))
  return { count: items.length, activeCount: items.length - idle.length, sizeBytes: sum(items.map(({ sizeBytes }) => sizeBytes)), reclaimableBytes: sum(idle.map(({ sizeBytes }) => sizeBytes)), items }
}

function volumesUsage (volumes: readonly EngineVolume[]): NonNullable<DiskUsage['volumes']> {
  const known = (amount: number | undefined) => amount === undefined || amount < 0 ? undefined : amount
  const items = volumes.map(({ Name: name, UsageData }) => ({ name, ...present({ sizeBytes: known(UsageData?.Size), containers: known(UsageData?.RefCount) }) })).sort(byId(({ name }) => name))
  const idle = items.filter(({ containers }) => containers === 0)
  const bytes = (some: typeof items) => sum(some.map(({ sizeBytes }) => sizeBytes ?? 0))
  return { count: items.length, activeCount: items.filter(({ containers = 0 }) => containers > 0).length, sizeBytes: bytes(items), reclaimableBytes: bytes(idle), items }
}

function buildCacheUsage (records: readonly EngineBuildCache[]): NonNullable<DiskUsage['buildCache']> {
  const items = records.map(({ ID: id, Type: type, Description: description = '', InUse: inUse, Shared: shared, Size: sizeBytes, CreatedAt, LastUsedAt, UsageCount: usageCount }) => ({
    id, type, description, inUse, shared, sizeBytes, createdAt: isoUtc(CreatedAt), ...present({ lastUsedAt: isoOrNothing(LastUsedAt ?? undefined) }), usageCount
  })).sort(byId(({ id }) => id))
  const own = items.filter(({ shared }) => !shared)
  const bytes = (some: typeof items) => sum(some.map(({ sizeBytes }) => sizeBytes))
  return { count: items.length, activeCount: items.filter(({ inUse }) => inUse).length, sizeBytes: bytes(own), reclaimableBytes: bytes(own.filter(({ inUse }) => !inUse)), items }
}
