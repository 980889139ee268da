import { isAtLeast } from '../connection/api-version.js'
import type { Connection, Query } from '../connection/connection.js'
import { differs } from '../kinds/differences.js'
import { podmanDiskUsage } from '../kinds/podman-disk-usage.js'
import type { DiskUsageKind } from '../models/disk-usage-kind.js'
import type { EngineDiskUsage } from '../objects.js'
import { BULK_MS } from './deadlines.js'
import { SharedCall } from './shared-call.js'
import { withSizes } from './sizes.js'

const TYPES: Readonly<Record<DiskUsageKind, string>> = { images: 'image', containers: 'container', volumes: 'volume', buildCache: 'build-cache' }

/** How much of what builds have kept stays. */
export interface CacheRoom { readonly reservedBytes?: number, readonly maxUsedBytes?: number, readonly minFreeBytes?: number }

interface CachePrune { readonly all: boolean, readonly unusedSeconds?: number, readonly room?: CacheRoom }

/** Engines before API 1.48 know the first by its old name, and newer ones take either. */
const roomQuery = ({ reservedBytes, maxUsedBytes, minFreeBytes }: CacheRoom): Query => ({
  'keep-storage': text(reservedBytes), 'reserved-space': text(reservedBytes), 'max-used-space': text(maxUsedBytes), 'min-free-space': text(minFreeBytes)
})

const text = (bytes: number | undefined): string | undefined => bytes === undefined ? undefined : String(bytes)

/** What concerns a host as a whole. */
export class HostSystem {
  private readonly countOfAll = new SharedCall<EngineDiskUsage>()

  constructor (private readonly connection: Connection) {}

  /** What takes room on the disk, of some kinds or all. The engine looks through all of it, which can take long. */
  async diskUsage (signal: AbortSignal, kinds: readonly DiskUsageKind[] = []): Promise<EngineDiskUsage> {
    const usage = isAtLeast(await this.connection.apiVersion(), '1.42')
      ? await this.count({ signal, query: { type: kinds.map(kind => TYPES[kind]) } })
      : await this.countOfAll.ask(async () => await this.count({}), signal)
    if (!differs(await this.connection.engine(), 'diskUsageByTag')) return usage
    return podmanDiskUsage(usage, await this.connection.json({ method: 'GET', path: '/images/json', query: { all: 'true' }, signal }))
  }

  private async count (how: { readonly signal?: AbortSignal, readonly query?: Query }): Promise<EngineDiskUsage> {
    return await withSizes(async () => await this.connection.json({ method: 'GET', path: '/system/df', deadlineMs: BULK_MS, ...how }))
  }

  /** What builds have kept for the next one. `all`: also what is in use by images, or came from elsewhere. */
  async pruneBuildCache ({ all, unusedSeconds, room = {} }: CachePrune, signal: AbortSignal): Promise<{ removed: string[], reclaimedBytes: number }> {
    if (differs(await this.connection.engine(), 'noBuildCache')) return { removed: [], reclaimedBytes: 0 }
    const filters = unusedSeconds === undefined ? {} : { until: [`${unusedSeconds}s`] }
    const query = { all: String(all), filters: JSON.stringify(filters), ...roomQuery(room) }
    const { CachesDeleted: removed, SpaceReclaimed: reclaimedBytes } = await this.connection.json<{ CachesDeleted?: string[] | null, SpaceReclaimed: number }>(
      { method: 'POST', path: '/build/prune', query, deadlineMs: BULK_MS, signal })
    return { removed: removed ?? [], reclaimedBytes }
  }
}
