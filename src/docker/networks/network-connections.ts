import { isIPv4, isIPv6 } from 'node:net'
import { Failure, conflict, invalidField } from '../../lib/errors.js'
import { takesApi } from '../../engine/connection/api-version.js'
import type { Host } from '../../engine/host.js'
import { bareName } from '../containers/container-name.js'
import { connectionBody, type NetworkSpec } from '../spec/networks.js'

/** @throws `invalid-input` for what the engine, or an older one, would pass over in silence */
export async function connectContainer (host: Host, network: string, container: string, endpoint: NetworkSpec): Promise<void> {
  const api = await host.apiVersion()
  if (endpoint.macAddress !== undefined) takesApi('macAddress', api, '1.44')
  if ((endpoint.gwPriority ?? 0) !== 0) takesApi('gwPriority', api, '1.48')
  // Of a container that does not run the engine looks at them only when it is started.
  if (endpoint.ipv4Address !== undefined && !isIPv4(endpoint.ipv4Address)) throw invalidField('ipv4Address', 'must be an IPv4 address such as "10.5.0.9"')
  if (endpoint.ipv6Address !== undefined && !isIPv6(endpoint.ipv6Address)) throw invalidField('ipv6Address', 'must be an IPv6 address such as "2001:db8::9"')
  const { Id } = await host.containers.inspect(bareName(container))
  await host.networks.connect(network, Id, connectionBody(endpoint))
}

/** What is left of a container that is gone has its name alone. */
export async function disconnectContainer (host: Host, network: string, container: string, force: boolean): Promise<void> {
  const { id, networks } = await standingOf(host, container).catch(error => {
    if (!force || !isMissing(error)) throw error
    return { id: bareName(container), networks: undefined }
  })
  try { await host.networks.disconnect(network, id, force) } catch (error) {
    // Older engines answer 500 where there is nothing to take off.
    const isOff = networks !== undefined && !networks.includes(network)
    throw isOff && error instanceof Failure && error.code === 'engine-error' ? conflict(error.detail, { cause: error }) : error
  }
}

async function standingOf (host: Host, container: string): Promise<{ id: string, networks: string[] }> {
  const { Id: id, NetworkSettings: { Networks = {} } } = await host.containers.inspect(bareName(container))
  return { id, networks: Object.values(Networks).map(({ NetworkID }) => NetworkID) }
}

const isMissing = (error: unknown): boolean => error instanceof Failure && error.code === 'not-found'
