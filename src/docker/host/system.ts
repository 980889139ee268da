import { isAtLeast } from '../api-version.js'
import type { Connection } from '../connection.js'
import { differs } from '../engine/differences.js'
import { podmanDiskUsage } from '../engine/podman-disk-usage.js'
import type { EngineDiskUsage } from '../models/disk-usage.js'
import { BULK_MS } from './deadlines.js'

/** What concerns a host as a whole. */
export class HostSystem {
  constructor (private readonly connection: Connection) {}

  /** What takes room on the disk, of some kinds or all. The engine looks through all of it, which can take long. */
  async diskUsage (signal: AbortSignal, kinds: ReadonlyArray<'image' | 'volume' | 'build-cache'> = []): Promise<EngineDiskUsage> {
    const api = await this.connection.apiVersion()
    const query = isAtLeast(api, '1.42') ? { type: kinds } : {}
    const usage = await this.connection.json<EngineDiskUsage>({ method: 'GET', path: '/system/df', query, deadlineMs: BULK_MS, signal })
    if (!differs(await this.connection.engine(), 'diskUsageByTag')) return usage
    return podmanDiskUsage(usage, await this.connection.json({ method: 'GET', path: '/images/json', query: { all: 'true' }, signal }))
  }

  /** What builds have kept for the next one. `all`: also what is in use by images, or came from elsewhere. */
  async pruneBuildCache ({ all, unusedSeconds }: { all: boolean, unusedSeconds?: number }, signal: AbortSignal): Promise<{ removed: string[], reclaimedBytes: number }> {
    if (differs(await this.connection.engine(), 'noBuildCache')) return { removed: [], reclaimedBytes: 0 }
    const filters = unusedSeconds === undefined ? {} : { until: [`${unusedSeconds}s`] }
    const query = { all: String(all), filters: JSON.stringify(filters) }
    const { CachesDeleted: removed, SpaceReclaimed: reclaimedBytes } = await this.connection.json<{ CachesDeleted?: string[] | null, SpaceReclaimed: number }>(
      { method: 'POST', path: '/build/prune', query, deadlineMs: BULK_MS, signal })
    return { removed: removed ?? [], reclaimedBytes }
  }
}
