import type { Limits } from '../../auth/limits/schema.js'
import { ENDPOINTS, refuseNetworkOption } from './endpoint.js'
import { each, free, isFields, isNothing, limited, never, parts, together, type Finding, type Row, type Rows } from './rows.js'
import { instead } from './rules/words.js'

type Fields = Readonly<Record<string, unknown>>

/** How a network gives addresses. */
export const IPAM: Rows = {
  Driver: limited('networkDrivers', value => isNothing(value) || value === 'default' ? undefined : `${String(value)} is no driver of addresses that you may use: ${instead(['default'])}`),
  Options: never('networkOptions', 'are options of a driver of addresses'),
  Config: each(parts({ Subnet: free, IPRange: free, Gateway: free, AuxiliaryAddresses: free, AuxAddress: free }))
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
  // A claim.
  ConfigFrom: free,
  Options: together,
  Labels: free
}

/** Who may use a driver may use its options; of a bridge some take something of the host's. */
const networkOptions = ({ Driver: driver = '', Options: options }: Fields, limits: Limits): readonly Finding[] => {
  if (!isFields(options) || limits.networkDrivers?.includes(String(driver)) === true) return []
  return Object.keys(options).flatMap((name): Finding[] => {
    const message = refuseNetworkOption(name, limits)
    return message === undefined ? [] : [{ limit: 'networkOptions', at: ['Options', name], message }]
  })
}

export const NETWORK_ROW: Row = parts(NETWORK, networkOptions)

/** The body of a connect. */
export const CONNECT: Row = parts({ Container: free, EndpointConfig: parts(ENDPOINTS) })
