import type { Connection } from '../connection.js'
import type { EngineVolume } from '../models/volume.js'
import { BEGIN_MS, BULK_MS, GRACE_MS } from './deadlines.js'
import { missing } from './refusals.js'

type Filters = Record<string, string[]>

/** One host's volumes. Names that come here are checked: they go into the engine's paths as they are. */
export class HostVolumes {
  constructor (private readonly connection: Connection) {}

  async list (filters: Filters = {}): Promise<EngineVolume[]> {
    const { Volumes } = await this.connection.json<{ Volumes: EngineVolume[] | null }>({ method: 'GET', path: '/volumes', query: { filters: JSON.stringify(filters) } })
    return Volumes ?? []
  }

  /** @throws `not-found` in the gate's own words */
  async inspect (name: string): Promise<EngineVolume> {
    return await missing('volume', name, this.connection.json({ method: 'GET', path: `/volumes/${name}` }))
  }

  create (body: object): Promise<EngineVolume> {
    return this.connection.json({ method: 'POST', path: '/volumes/create', deadlineMs: BEGIN_MS }, body)
  }

  async remove (name: string, { force = false }: { force?: boolean }): Promise<void> {
    const query = { force: String(force) }
    await missing('volume', name, this.connection.order({ method: 'DELETE', path: `/volumes/${name}`, query, deadlineMs: GRACE_MS }))
  }

  async prune (filters: Filters): Promise<{ removed: string[], reclaimedBytes: number }> {
    const { VolumesDeleted: removed, SpaceReclaimed: reclaimedBytes } = await this.connection.json<{ VolumesDeleted?: string[] | null, SpaceReclaimed: number }>(
      { method: 'POST', path: '/volumes/prune', query: { filters: JSON.stringify(filters) }, deadlineMs: BULK_MS })
    return { removed: removed ?? [], reclaimedBytes }
  }
}
