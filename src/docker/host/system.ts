import { isAtLeast } from '../api-version.js'
import type { Connection } from '../connection.js'
import type { EngineDiskUsage } from '../models/disk-usage.js'
import { BULK_MS } from './deadlines.js'

/** The last version of the engine's API whose account of the disk has every object in it. */
const ACCOUNT_API = '1.51'

/** What concerns a host as a whole. */
export class HostSystem {
  constructor (private readonly connection: Connection) {}

  /** Everything that takes room on the disk. The engine looks through all of it, which can take long. */
  diskUsage (api: string, signal: AbortSignal): Promise<EngineDiskUsage> {
    const version = isAtLeast(ACCOUNT_API, api) ? api : ACCOUNT_API
    return this.connection.json({ method: 'GET', path: `/v${version}/system/df`, deadlineMs: BULK_MS, signal })
  }

  /** What builds have kept for the next one. `all`: also what is in use by images, or came from elsewhere. */
  async pruneBuildCache ({ all, unusedSeconds }: { all: boolean, unusedSeconds?: number }, signal: AbortSignal): Promise<{ removed: string[], reclaimedBytes: number }> {
    const filters = unusedSeconds === undefined ? {} : { until: [`${unusedSeconds}s`] }
    const query = { all: String(all), filters: JSON.stringify(filters) }
    const { CachesDeleted: removed, SpaceReclaimed: reclaimedBytes } = await this.connection.json<{ CachesDeleted?: string[] | null, SpaceReclaimed: number }>(
      { method: 'POST', path: '/build/prune', query, deadlineMs: BULK_MS, signal })
    return { removed: removed ?? [], reclaimedBytes }
  }
}
