import type { Limits } from '../../authorization/limits/schema.js'
import { free, never, each, limited, type Rows } from './rows.js'
import { fitsOne, instead } from './rules/words.js'

/** Of networks: what says how containers on it get on with each other, and not what of the host it takes. */
const HARMLESS = ['com.docker.network.bridge.enable_icc', 'com.docker.network.bridge.enable_ip_masquerade', 'com.docker.network.driver.mtu']

/** Options of a network, or of a container on it, by their names. */
export const refuseNetworkOption = (name: string, { networkOptions = [] }: Limits): string | undefined =>
  HARMLESS.includes(name) || fitsOne(networkOptions, name) ? undefined : `${name} may not be set: ${instead([...HARMLESS, ...networkOptions])}`

const told = never('unknown', 'is the engine\'s to tell, and nobody\'s to set')

/** What is said of each field of the engine's `EndpointSettings`. */
export const ENDPOINTS: Rows = {
  IPAMConfig: free,
  // Claims, both: they name other containers.
  Links: free,
  Aliases: free,
  MacAddress: free,
  GwPriority: free,
  DriverOpts: limited('networkOptions', (options, limits) => Object.keys(options as object).map(name => refuseNetworkOption(name, limits)).find(message => message !== undefined)),
  NetworkID: told,
  EndpointID: told,
  Gateway: told,
  IPAddress: told,
  IPPrefixLen: told,
  IPv6Gateway: told,
  GlobalIPv6Address: told,
  GlobalIPv6PrefixLen: told,
  DNSNames: each(told)
}
