import Type, { type Static, type TProperties } from 'typebox'
import { invalidField } from '../../lib/errors.js'

import { objectPattern } from '../../model/names.js'
import type { EngineObject } from '../../engine/objects.js'
import { MAC_ADDRESS, NETWORK_MODE, NO_BLANKS } from './closed-sets.js'
import { ONLY_THESE, MAX_INT32, flag, given, renamed, text, textMap, words } from './fields.js'
import { closed } from '../../model/objects.js'

export const NetworkSpec = Type.Object({
  aliases: words('Further names on this network; only on networks that someone made', undefined, NO_BLANKS),
  ipv4Address: text('An IPv4 address on this network'),
  ipv6Address: text('An IPv6 address on this network'),
  linkLocalIps: words('Link-local addresses, IPv4 or IPv6'),
  macAddress: text('A MAC address, e.g. `92:d0:c6:0a:29:33`. Engines before API 1.44 can give one on the network that the container is created on only', MAC_ADDRESS),
  driverOpts: textMap('Options of the network\'s driver'),
  links: words('Other containers on this network and the names they have for this one, each `container[:name]`', undefined, NO_BLANKS),
  gwPriority: Type.Optional(Type.Integer({ minimum: -MAX_INT32, maximum: MAX_INT32, description: 'The network of the highest priority is the way out. API 1.48 and newer' }))
}, { ...closed, title: 'NetworkSpec', description: 'How a container stands on a network' })
export type NetworkSpec = Static<typeof NetworkSpec>

export const NetworkFields = {
  networkMode: text('`bridge`, `none`, `host`, `container:<id>`, or a network\'s name or id; the first of `networks` when absent', NETWORK_MODE),
  networks: Type.Optional(Type.Record(Type.String(), NetworkSpec, { ...ONLY_THESE, description: 'Networks to stand on, by name or id. It is created on the one that `networkMode` names, or else the first' })),
  networkDisabled: flag('Give it no network at all'),
  macAddress: text('A MAC address on the network that it is created on, e.g. `92:d0:c6:0a:29:33`', MAC_ADDRESS),
  links: words('On the default bridge: other containers and the names they have here, each `container[:name]`', undefined, NO_BLANKS),
  dns: words('Addresses of DNS servers'),
  dnsOptions: words('Options of the resolver, e.g. `ndots:2`', undefined, NO_BLANKS),
  dnsSearch: words('Domains to search', undefined, NO_BLANKS),
  extraHosts: words('Lines of /etc/hosts, each `name:address`; the address may be `host-gateway`', undefined, NO_BLANKS)
} satisfies TProperties

/** What the engine takes for a mode, wherever it stands. */
const MODES = ['host', 'none', 'default']

type Networks = Readonly<Record<string, NetworkSpec>>

/** A name stands in a path where a container is connected. */
const NETWORK_NAME = new RegExp(objectPattern)

export const endpointBody = (network: NetworkSpec): EngineObject => given({
  ...renamed(network, { aliases: 'Aliases', macAddress: 'MacAddress', driverOpts: 'DriverOpts', links: 'Links', gwPriority: 'GwPriority' }),
  IPAMConfig: addresses(network)
})

/** For a container that is there already: what the `docker` command never leaves out, the engine keeps as it came. */
export const connectionBody = (network: NetworkSpec): EngineObject => ({ IPAMConfig: {}, DriverOpts: {}, ...endpointBody(network) })

function addresses (network: NetworkSpec): EngineObject | undefined {
  const config = renamed(network, { ipv4Address: 'IPv4Address', ipv6Address: 'IPv6Address', linkLocalIps: 'LinkLocalIPs' })
  return Object.keys(config).length === 0 ? undefined : config
}

/** What a create says of networks, and what is left to connect afterwards. */
export interface Standing {
  /** The mode; without one the engine would put the container on its default bridge as well. */
  readonly mode?: string
  readonly endpoints: Networks
  readonly later: Networks
  /** For the whole container, as engines before API 1.44 take it. */
  readonly macAddress?: string
}

interface Wanted { readonly networkMode?: string, readonly networks?: Networks, readonly macAddress?: string }

/** Engines of API 1.44 and newer take several networks, and MAC addresses for each; older ones one of each. */
export function standing ({ networkMode, networks = {}, macAddress }: Wanted, modern: boolean): Standing {
  for (const name of Object.keys(networks)) {
    if (MODES.includes(name)) throw invalidField('networks', `${name} is no network but a mode: give it as networkMode`)
    if (!NETWORK_NAME.test(name)) throw invalidField('networks', `${JSON.stringify(name)} is no network's name or id: letters, digits, "_", "." and "-"`)
  }
  // An empty mode is none, for engines as well; but a network without a name is not.
  const mode = networkMode === undefined || networkMode === '' ? Object.keys(networks)[0] : networkMode
  return modern ? modernStanding(mode, networks, macAddress) : olderStanding(mode, networks, macAddress)
}

function modernStanding (mode: string | undefined, networks: Networks, macAddress: string | undefined): Standing {
  if (macAddress === undefined) return { mode, endpoints: networks, later: {} }
  const main = mode ?? 'default'
  return { mode, endpoints: { ...networks, [main]: { ...networks[main], macAddress: agreed(macAddress, networks[main]?.macAddress) } }, later: {} }
}

function olderStanding (mode: string | undefined, networks: Networks, macAddress: string | undefined): Standing {
  const [main = ''] = mode !== undefined && mode in networks ? [mode] : Object.keys(networks)
  const { [main]: first, ...later } = networks
  const nameless = Object.entries(later).find(([, network]) => network.macAddress !== undefined)
  if (nameless !== undefined) throw invalidField('networks', `${nameless[0]}: an engine before API 1.44 can give a MAC address on the network that the container is created on only`)
  return { mode, endpoints: first === undefined ? {} : { [main]: first }, later, macAddress: macAddress === undefined ? first?.macAddress : agreed(macAddress, first?.macAddress) }
}

function agreed (whole: string, single: string | undefined): string {
  if (single === undefined || single.toLowerCase() === whole.toLowerCase()) return whole
  throw invalidField('macAddress', 'is not the one that networks has for the same network: give one of them')
}
