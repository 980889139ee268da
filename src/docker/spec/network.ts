import Type, { type Static, type TProperties } from 'typebox'
import { choice } from '../../model/choice.js'
import { takesApi } from '../../engine/connection/api-version.js'
import type { Engine } from '../../engine/kinds/engine.js'

import { NetworkName } from '../../model/names.js'
import type { EngineObject } from '../../engine/objects.js'
import { flag, given, list, part, renamed, text, textMap } from './fields.js'
import { refuseUnsupported, type GivenField } from './unsupported.js'
import { closed } from '../../model/objects.js'

const IpamPoolSpec = Type.Object({
  subnet: text('The subnet, e.g. `10.5.0.0/16` or `2001:db8:5::/64`; the engine chooses one when absent'),
  ipRange: text('The part of it that addresses of containers are taken from, e.g. `10.5.1.0/24`; all of it when absent'),
  gateway: text('The way out, an address in the subnet; the first when absent'),
  auxAddresses: textMap('Addresses in the subnet that the driver has for itself, by name, e.g. `{"router": "10.5.0.5"}`')
}, { ...closed, title: 'IpamPoolSpec', description: 'Addresses that a network has to give' })

const IpamSpec = Type.Object({
  driver: text('What gives the addresses; `default` when absent'),
  options: textMap('Its options'),
  pools: list(IpamPoolSpec, 'What it gives them from; several where there are several subnets, IPv4 and IPv6')
}, { ...closed, title: 'IpamSpec', description: 'How a network gives addresses' })

/** What a network is made of. */
export const NewNetwork = {
  name: NetworkName,
  driver: text('E.g. `bridge`, `macvlan`, `ipvlan`, `overlay`; `bridge` when absent'),
  options: textMap('Options of the driver, e.g. `{"com.docker.network.bridge.name": "web0"}`'),
  ipam: Type.Optional(IpamSpec),
  enableIpv4: flag('Give containers IPv4 addresses; default true. False needs API 1.48 or newer'),
  enableIpv6: flag('Give containers IPv6 addresses; default false'),
  internal: flag('Leave no way out of it; default false'),
  attachable: flag('In a swarm, let containers be connected that are no service\'s; default false'),
  ingress: flag('Make it the routing mesh of a swarm; default false'),
  scope: Type.Optional(choice('NetworkScope', 'How far it reaches; the driver\'s choice when absent', {
    local: 'One host',
    global: 'Several hosts, by the means of the driver',
    swarm: 'All nodes of a swarm'
  })),
  configOnly: flag('Make only a configuration, for other networks to take; default false'),
  configFrom: Type.Optional(Type.String({ ...NetworkName, description: 'The network with `configOnly` that has its configuration' })),
  labels: textMap('Labels')
} satisfies TProperties

export type NewNetwork = Static<ReturnType<typeof Type.Object<typeof NewNetwork>>>

/** @throws `invalid-input` for what an older engine, or another, would pass over in silence */
export function networkBody (network: NewNetwork, engine: Engine): EngineObject {
  if (network.enableIpv4 !== undefined && !network.enableIpv4) takesApi('enableIpv4', engine.api, '1.48')
  refuseUnsupported(engine, () => unsupportedFields(network))
  return given({
    ...renamed(network, NAMES),
    // Before API 1.44 a second network of the same name is made, unless the first is looked for.
    CheckDuplicate: true,
    // As the `docker` command sends them, and the engine then keeps them.
    Driver: network.driver ?? 'bridge',
    Options: network.options ?? {},
    Labels: network.labels ?? {},
    IPAM: ipamBody(network.ipam),
    ConfigFrom: network.configFrom === undefined ? undefined : { Network: network.configFrom }
  })
}

const NAMES: Partial<Record<keyof NewNetwork, string>> = {
  name: 'Name',
  enableIpv4: 'EnableIPv4',
  enableIpv6: 'EnableIPv6',
  internal: 'Internal',
  attachable: 'Attachable',
  ingress: 'Ingress',
  scope: 'Scope',
  configOnly: 'ConfigOnly'
}

const ipamBody = ({ driver = 'default', options = {}, pools = [] }: Static<typeof IpamSpec> = {}): EngineObject => ({
  Driver: driver,
  Options: options,
  Config: pools.map(pool => part(pool, { subnet: 'Subnet', ipRange: 'IPRange', gateway: 'Gateway', auxAddresses: 'AuxiliaryAddresses' }))
})

const unsupportedFields = ({ configOnly, configFrom, ingress, scope, ipam }: NewNetwork): GivenField[] => [
  ['/configOnly', configOnly === true],
  ['/configFrom', configFrom !== undefined],
  ['/ingress', ingress === true],
  ['/scope', scope !== undefined && scope !== 'local'],
  ...(ipam?.pools ?? []).map(({ auxAddresses = {} }, index): GivenField => [`/ipam/pools/${index}/auxAddresses`, Object.keys(auxAddresses).length > 0])
]
