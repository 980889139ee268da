import { isAtLeast } from '../connection/api-version.js'
import type { Connection } from '../connection/connection.js'
import { differs } from '../kinds/differences.js'
import type { EngineVolume } from '../objects.js'
import { BEGIN_MS, GRACE_MS } from './deadlines.js'
import { missing } from './refusals.js'

type Filters = Record<string, string[]>

/** The label by which engines of API 1.42 and newer know a volume that nobody named. */
const ANONYMOUS = 'com.docker.volume.anonymous'

/** One host's volumes. Names that come here are checked: they go into the engine's paths as they are. */
export class HostVolumes {
  constructor (private readonly connection: Connection) {}

  async list (filters: Filters = {}): Promise<EngineVolume[]> {
    const { Volumes } = await this.connection.json<{ Volumes: EngineVolume[] | null }>({ method: 'GET', path: '/volumes', query: { filters: JSON.stringify(filters) } })
    return Volumes ?? []
  }

  /** @throws `not-found` in the gateway's own words */
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

  /** Tells volumes that nobody named; undefined where the engine does not know. */
  async unnamed (): Promise<((volume: EngineVolume) => boolean) | undefined> {
    const engine = await this.connection.engine()
    if (differs(engine, 'unnamedVolumesByLibpod')) {
      const all = await this.connection.json<Array<{ readonly Name: string, readonly Anonymous?: boolean }>>({ method: 'GET', path: '/v4.0.0/libpod/volumes/json', unpinned: true })
      const unnamed = new Set(all.filter(({ Anonymous }) => Anonymous === true).map(({ Name }) => Name))
      return ({ Name }) => unnamed.has(Name)
    }
    return isAtLeast(engine.api, '1.42') ? ({ Labels }) => ANONYMOUS in (Labels ?? {}) : undefined
  }
}
