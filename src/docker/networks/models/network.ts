import Type, { type Static } from 'typebox'
import { exactOf } from '../../../lib/exact-json.js'
import { DateTime, Flag, Raw, Text, TextMap, present } from '../../../engine/models/common.js'
import type { EngineNetwork } from '../../../engine/objects.js'
import { closed } from '../../../model/objects.js'

const IpamPool = Type.Object({
  subnet: Text('The subnet, e.g. `10.5.0.0/16`'),
  ipRange: Type.Optional(Text('The part of it that addresses of containers are taken from; absent for all of it')),
  gateway: Type.Optional(Text('The way out; absent where nobody chose one')),
  auxAddresses: TextMap('Addresses that the driver has for itself, by name')
}, { ...closed, title: 'IpamPool', description: 'Addresses that a network has to give' })

const Ipam = Type.Object({
  driver: Text('What gives the addresses, e.g. `default`'),
  options: TextMap('Its options'),
  pools: Type.Array(IpamPool, { description: 'What it gives them from, IPv4 and IPv6' })
}, { ...closed, title: 'Ipam', description: 'How a network gives addresses' })

const NetworkPeer = Type.Object({
  name: Text('Its name, of a machine of the swarm'),
  address: Text('Its address')
}, { ...closed, title: 'NetworkPeer', description: 'A machine that a network spans' })

const fields = {
  host: Text('The host it is on'),
  id: Text('The full id'),
  name: Text('Its name'),
  createdAt: DateTime('When it was created'),
  scope: Text('`local`, or `swarm` or `global` where it spans hosts'),
  driver: Text('E.g. `bridge`, `overlay`, `macvlan`'),
  enableIpv4: Flag('Whether containers get IPv4 addresses; always true before API 1.48'),
  enableIpv6: Flag('Whether containers get IPv6 addresses'),
  internal: Flag('Whether there is no way out of it'),
  attachable: Flag('Whether, in a swarm, containers that are no service\'s may be connected'),
  ingress: Flag('Whether it is the routing mesh of a swarm'),
  configOnly: Flag('Whether it is only a configuration that other networks take'),
  configFrom: Type.Optional(Text('The network that it has its configuration from')),
  ipam: Ipam,
  options: TextMap('The driver\'s options'),
  labels: TextMap('Its labels; keys are as their makers wrote them')
}

const NetworkEndpoint = Type.Object({
  containerId: Text('The container\'s full id; for what a swarm has put there, a name of its own'),
  name: Text('Its name on the network'),
  endpointId: Text('The id of its place'),
  macAddress: Type.Optional(Text('Its MAC address')),
  ipv4Address: Type.Optional(Text('Its IPv4 address with the length of the prefix, e.g. `10.5.0.2/16`')),
  ipv6Address: Type.Optional(Text('Its IPv6 address with the length of the prefix'))
}, { ...closed, title: 'NetworkEndpoint', description: 'What is on a network now' })

export const NetworkSummary = Type.Object(fields, { ...closed, title: 'NetworkSummary', description: 'A network as a list shows it' })
export type NetworkSummary = Static<typeof NetworkSummary>

export const Network = Type.Object({
  ...fields,
  endpoints: Type.Array(NetworkEndpoint, { description: 'What is on it now; a container that does not run is not' }),
  peers: Type.Array(NetworkPeer, { description: 'The machines that it spans, of a swarm\'s network; none of others' }),
  raw: Raw
}, { ...closed, title: 'Network', description: 'A network in full' })
export type Network = Static<typeof Network>

export function networkSummary (host: string, network: EngineNetwork): NetworkSummary {
  return {
    host,
    id: network.Id,
    name: network.Name,
    createdAt: new Date(network.Created).toISOString(),
    scope: network.Scope,
    driver: network.Driver,
    enableIpv4: network.EnableIPv4 ?? true,
    enableIpv6: network.EnableIPv6,
    internal: network.Internal,
    attachable: network.Attachable,
    ingress: network.Ingress,
    configOnly: network.ConfigOnly,
    ...present({ configFrom: network.ConfigFrom?.Network }),
    ipam: ipamOf(network.IPAM),
    options: network.Options ?? {},
    labels: network.Labels ?? {}
  }
}

export const networkOf = (host: string, network: EngineNetwork): Network => ({
  ...networkSummary(host, network),
  endpoints: Object.entries(network.Containers ?? {}).map(([containerId, endpoint]) => ({
    containerId,
    name: endpoint.Name,
    endpointId: endpoint.EndpointID,
    ...present({ macAddress: endpoint.MacAddress, ipv4Address: endpoint.IPv4Address, ipv6Address: endpoint.IPv6Address })
  })),
  peers: (network.Peers ?? []).map(({ Name: name, IP: address }) => ({ name, address })),
  raw: { ...exactOf(network) }
})

const ipamOf = ({ Driver: driver, Options, Config }: EngineNetwork['IPAM']): Static<typeof Ipam> => ({
  driver,
  options: Options ?? {},
  pools: (Config ?? []).map(pool => ({
    subnet: pool.Subnet ?? '',
    ...present({ ipRange: pool.IPRange, gateway: pool.Gateway }),
    auxAddresses: pool.AuxiliaryAddresses ?? {}
  }))
})
