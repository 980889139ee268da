import type { Connection } from '../connection.js'
import type { EngineNetwork } from '../models/network.js'
import { BEGIN_MS, BULK_MS, GRACE_MS } from './deadlines.js'
import { missing } from './refusals.js'

type Filters = Record<string, string[]>

/** One host's networks. Ids and names that come here are checked: they go into the engine's paths as they are. */
export class HostNetworks {
  constructor (private readonly connection: Connection) {}

  list (filters: Filters = {}): Promise<EngineNetwork[]> {
    return this.connection.json({ method: 'GET', path: '/networks', query: { filters: JSON.stringify(filters) } })
  }

  /** @throws `not-found` in the gate's own words */
  async inspect (reference: string, { verbose = false }: { verbose?: boolean } = {}): Promise<EngineNetwork> {
    const query = verbose ? { verbose: 'true' } : {}
    return await missing('network', reference, this.connection.json({ method: 'GET', path: `/networks/${reference}`, query }))
  }

  async create (body: object): Promise<{ Id: string, Warning?: string }> {
    return await this.connection.json({ method: 'POST', path: '/networks/create', deadlineMs: BEGIN_MS }, body)
  }

  async remove (id: string): Promise<void> {
    await missing('network', id, this.connection.order({ method: 'DELETE', path: `/networks/${id}`, deadlineMs: GRACE_MS }))
  }

  /** The names of those that are gone. */
  async prune (filters: Filters): Promise<string[]> {
    const { NetworksDeleted } = await this.connection.json<{ NetworksDeleted?: string[] | null }>(
      { method: 'POST', path: '/networks/prune', query: { filters: JSON.stringify(filters) }, deadlineMs: BULK_MS })
    return NetworksDeleted ?? []
  }

  async connect (network: string, container: string, endpoint: object): Promise<void> {
    await this.#change(network, 'connect', { Container: container, EndpointConfig: endpoint })
  }

  async disconnect (network: string, container: string, force: boolean): Promise<void> {
    await this.#change(network, 'disconnect', { Container: container, Force: force })
  }

  async #change (network: string, verb: string, body: object): Promise<void> {
    await this.connection.order({ method: 'POST', path: `/networks/${network}/${verb}`, deadlineMs: GRACE_MS }, body)
  }
}
