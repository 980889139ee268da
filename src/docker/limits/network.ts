import type { Limits } from '../../authorization/limits/schema.js'
import { ENDPOINTS, refuseNetworkOption } from './endpoint.js'
import { inCamelCase } from './pointers.js'
import { each, free, isFields, isNothing, limited, never, parts, together, type Violation, type Row, type Rows } from './rows.js'
import { refuseAddress, refuseSubnet } from './rules/subnets.js'
import { instead } from './rules/words.js'

type Fields = Readonly<Record<string, unknown>>

const subnet = limited('subnets', refuseSubnet)
const address = limited('subnets', refuseAddress)

/** How a network gives addresses. */
export const IPAM: Rows = {
  Driver: limited('networkDrivers', value => isNothing(value) || value === 'default' ? undefined : `${String(value)} is no driver of addresses that you may use: ${instead(['default'])}`),
  Options: never('networkOptions', 'are options of a driver of addresses'),
  Config: each(parts({ Subnet: subnet, IPRange: subnet, Gateway: address, AuxiliaryAddresses: each(address), AuxAddress: each(address) }))
}

/** The body of a network's create. */
export const NETWORK: Rows = {
  Name: free,
  CheckDuplicate: free,
  Driver: limited('networkDrivers', (value, { networkDrivers = [] }) => isNothing(value) || value === 'bridge' || networkDrivers.includes(String(value)) ? undefined : `${String(value)} is no driver that you may use: ${instead(['bridge', ...networkDrivers])}`),
  Scope: free,
  EnableIPv4: free,
  EnableIPv6: free,
  IPAM: parts(IPAM),
  Internal: free,
  Attachable: free,
  Ingress: never('networkDrivers', 'the routing mesh of a swarm'),
  ConfigOnly: free,
  // A reference.
  ConfigFrom: free,
  Options: together,
  Labels: free
}

/** Who may use a driver may use its options; of a bridge some take something of the host's. */
const networkOptions = ({ Driver: driver = '', Options: options }: Fields, limits: Limits): readonly Violation[] => {
  if (!isFields(options) || limits.networkDrivers?.includes(String(driver)) === true) return []
  return Object.keys(options).flatMap((name): Violation[] => {
    const message = refuseNetworkOption(name, limits)
    return message === undefined ? [] : [{ limit: 'networkOptions', at: ['Options', name], message }]
  })
}

export const NETWORK_ROW: Row = parts(NETWORK, networkOptions)

const POOL_NAMES: Readonly<Record<string, string>> = { Subnet: 'subnet', IPRange: 'ipRange', Gateway: 'gateway', AuxiliaryAddresses: 'auxAddresses' }

/** Where a field of a network's create stands in the input. */
export const inNetwork = (at: readonly string[]): readonly string[] => {
  const [first, second, nth = '', field = '', ...names] = at
  return first === 'IPAM' && second === 'Config' ? ['ipam', 'pools', nth, POOL_NAMES[field] ?? field, ...names] : inCamelCase(at)
}

/** The body of a connect. */
export const CONNECT: Row = parts({ Container: free, EndpointConfig: parts(ENDPOINTS) })
