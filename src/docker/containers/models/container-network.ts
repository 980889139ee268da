import Type, { type Static } from 'typebox'
import { Count, Text, Texts, present } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

export const ContainerNetwork = Type.Object({
  name: Text('The network\'s name'),
  networkId: Type.Optional(Text('The network\'s full id; absent before the first start')),
  endpointId: Type.Optional(Text('The id of its place on the network; absent while it does not run')),
  ipv4Address: Type.Optional(Text('Its IPv4 address; absent while it does not run')),
  ipv4PrefixLength: Type.Optional(Count('How many bits of the IPv4 address are the network\'s')),
  ipv4Gateway: Type.Optional(Text('The way out, IPv4')),
  ipv6Address: Type.Optional(Text('Its IPv6 address')),
  ipv6PrefixLength: Type.Optional(Count('How many bits of the IPv6 address are the network\'s')),
  ipv6Gateway: Type.Optional(Text('The way out, IPv6')),
  macAddress: Type.Optional(Text('Its MAC address')),
  aliases: Texts('Further names it was given on this network. Engines before API 1.45 add its short id'),
  dnsNames: Texts('All names it has on this network; empty before API 1.44')
}, { ...closed, title: 'ContainerNetwork', description: 'How a container stands on a network' })

interface EngineEndpoint {
  NetworkID?: string
  EndpointID?: string
  IPAddress?: string
  IPPrefixLen?: number
  Gateway?: string
  GlobalIPv6Address?: string
  GlobalIPv6PrefixLen?: number
  IPv6Gateway?: string
  MacAddress?: string
  Aliases?: string[] | null
  DNSNames?: string[] | null
}

export const networksOf = (networks: Readonly<Record<string, EngineEndpoint>>): Array<Static<typeof ContainerNetwork>> =>
  Object.entries(networks).map(([name, endpoint]) => ({
    name,
    ...present({ networkId: endpoint.NetworkID, endpointId: endpoint.EndpointID, macAddress: endpoint.MacAddress }),
    ...present({ ipv4Address: endpoint.IPAddress, ipv4PrefixLength: bits(endpoint.IPPrefixLen), ipv4Gateway: endpoint.Gateway }),
    ...present({ ipv6Address: endpoint.GlobalIPv6Address, ipv6PrefixLength: bits(endpoint.GlobalIPv6PrefixLen), ipv6Gateway: endpoint.IPv6Gateway }),
    aliases: endpoint.Aliases ?? [],
    dnsNames: endpoint.DNSNames ?? []
  }))

/** 0 is how the engine writes "no address". */
const bits = (length: number | undefined) => length === 0 ? undefined : length
