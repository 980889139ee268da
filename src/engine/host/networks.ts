import type Docker from 'dockerode'
import { conflict, Failure } from '../../lib/errors.js'
import type { Connection } from '../connection/connection.js'
import { differs } from '../kinds/differences.js'
import type { EngineNetwork } from '../objects.js'
import { BEGIN_MS, GRACE_MS } from './deadlines.js'
import { missing, unlessAbsent } from './refusals.js'

type Filters = Record<string, string[]>

/** One host's networks. Ids and names that come here are checked: they go into the engine's paths as they are. */
export class HostNetworks {
  constructor (private readonly connection: Connection) {}

  async list (filters: Filters = {}): Promise<EngineNetwork[]> {
    return await this.#known(await this.connection.json<EngineNetwork[]>({ method: 'GET', path: '/networks', query: { filters: JSON.stringify(filters) } }))
  }

  /** @throws `not-found` in the gateway's own words */
  async inspect (reference: string, { verbose = false }: { verbose?: boolean } = {}): Promise<EngineNetwork> {
    const query = verbose ? { verbose: 'true' } : {}
    const [network] = await this.#known([await missing('network', reference, this.connection.json<EngineNetwork>({ method: 'GET', path: `/networks/${reference}`, query }))])
    return network as EngineNetwork
  }

  /** Whether a network gives IPv4 addresses shows by its subnets where the engine does not say it. */
  async #known (networks: EngineNetwork[]): Promise<EngineNetwork[]> {
    if (!differs(await this.connection.engine(), 'neverIpv4')) return networks
    return networks.map(network => ({ ...network, EnableIPv4: (network.IPAM.Config ?? []).some(({ Subnet = '' }) => Subnet.includes('.')) }))
  }

  async create (body: object): Promise<{ Id: string, Warning?: string }> {
    return await this.connection.json({ method: 'POST', path: '/networks/create', deadlineMs: BEGIN_MS }, body)
  }

  /** @throws `conflict` where something is on it */
  async remove (id: string): Promise<void> {
    const reference = differs(await this.connection.engine(), 'networkInUseGoesById') ? (await this.inspect(id)).Name : id
    await missing('network', id, inUse(reference, this.connection.order({ method: 'DELETE', path: `/networks/${reference}`, deadlineMs: GRACE_MS })))
  }

  /** The ids of containers that keep it from being removed, and of whatever else is on it; undefined: it is gone. */
  async users (id: string): Promise<string[] | undefined> {
    if (differs(await this.connection.engine(), 'networkOfStopped')) return await this.#attached(id)
    const network = await unlessAbsent(this.inspect(id))
    return network === undefined ? undefined : Object.keys(network.Containers ?? {})
  }

  async #attached (id: string): Promise<string[]> {
    const all = await this.connection.unary((docker, abortSignal) => docker.listContainers({ all: true, abortSignal }), { reads: true })
    return all.filter(container => networkIdsOf(container).includes(id)).map(({ Id }) => Id)
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

const networkIdsOf = ({ NetworkSettings }: Docker.ContainerInfo): string[] => Object.values(NetworkSettings?.Networks ?? {}).map(({ NetworkID }) => NetworkID)

/** Podman says 500 of it. */
async function inUse<T> (name: string, removal: Promise<T>): Promise<T> {
  try { return await removal } catch (error) {
    if (error instanceof Failure && error.code === 'engine-error' && error.detail.includes('has associated containers')) throw conflict(`the network ${name} is in use: a container has it, whether it runs or not`, { cause: error })
    throw error
  }
}
