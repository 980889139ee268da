import type { Limits } from '../../auth/limits/schema.js'
import { ENDPOINTS, refuseNetworkOption } from './endpoint.js'
import { RESOURCES } from './host-config.js'
import { each, free, isFields, isNothing, limited, never, parts, textsIn, together, type Finding, type Row, type Rows } from './rows.js'
import { limitsImages } from './rules/images.js'
import { refuseNetworkMode } from './rules/namespaces.js'
import { refusePrivileged, refuseRestart, refuseUlimit, refuseWorkingDir } from './rules/process.js'
import { maxima } from './rules/resources.js'
import { refuseVolume } from './rules/volumes.js'
import { instead, oneOf } from './rules/words.js'

type Fields = Readonly<Record<string, unknown>>

/** The body of an update. What may be had at most is looked at in what comes of it (see demands.ts). */
export const UPDATE: Rows = { ...RESOURCES, RestartPolicy: parts({ Name: limited('restartPolicies', refuseRestart), MaximumRetryCount: free }) }

/** The body of an exec's create. */
export const EXEC: Rows = {
  User: free,
  Privileged: limited('privileged', refusePrivileged),
  Tty: free,
  AttachStdin: free,
  AttachStdout: free,
  AttachStderr: free,
  Detach: free,
  DetachKeys: free,
  Env: free,
  WorkingDir: limited('workingDir', refuseWorkingDir),
  Cmd: free,
  ConsoleSize: free
}

/** The query of a commit. */
export const COMMIT: Rows = {
  container: free,
  repo: free,
  tag: free,
  author: free,
  comment: free,
  // Labels in it are the gateway's to write (see guards/stamps.ts); the rest is looked at when a container is made of it.
  changes: free,
  pause: free
}

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

/** The body of a volume's create. */
export const VOLUME: Rows = {
  Name: free,
  Driver: together,
  DriverOpts: together,
  Labels: free,
  ClusterVolumeSpec: never('volumeDrivers', 'a volume of a swarm')
}

export const VOLUME_ROW: Row = parts(VOLUME, ({ Driver, DriverOpts }, limits) => {
  const refused = refuseVolume(Driver, DriverOpts, limits)
  return refused === undefined ? [] : [{ ...refused, at: [DriverOpts === undefined ? 'Driver' : 'DriverOpts'] }]
})

const notInBuilds = (what: string) => never('build', what)

/** The query of a build, with the classic builder. */
export const BUILD: Rows = {
  version: limited('build', value => value === '1' ? undefined : 'is BuildKit, which does more than this gateway can look at'),
  t: free,
  dockerfile: free,
  target: free,
  platform: free,
  nocache: free,
  pull: free,
  q: free,
  rm: free,
  forcerm: free,
  squash: free,
  buildargs: free,
  labels: free,
  extrahosts: free,
  cachefrom: free,
  memory: together,
  memswap: together,
  cpushares: free,
  cpusetcpus: free,
  cpusetmems: free,
  cpuperiod: together,
  cpuquota: together,
  shmsize: free,
  ulimits: limited('ulimits', (value, limits) => ulimitsIn(value).map(ulimit => refuseUlimit(ulimit, limits)).find(message => message !== undefined)),
  networkmode: limited('namespaces', refuseNetworkMode),
  cgroupparent: limited('cgroupParents', oneOf<Limits>('control group', ({ cgroupParents }) => cgroupParents)),
  isolation: limited('isolation', value => value === 'process' ? 'shares the host\'s kernel: that takes the role admin' : undefined),
  securityopt: limited('securityOptions', value => textsIn(value).length > 0 ? 'may not be set for a build: that takes the role admin' : undefined),
  remote: notInBuilds('a context that the engine would fetch by itself'),
  session: notInBuilds('BuildKit'),
  outputs: notInBuilds('BuildKit'),
  buildid: notInBuilds('BuildKit')
}

function ulimitsIn (value: unknown): unknown[] {
  try { return JSON.parse(String(value)) as unknown[] } catch { return [{ Name: 'rtprio' }] }
}

const QUERY_OF: Readonly<Record<string, string>> = { Memory: 'memory', MemorySwap: 'memswap', CpuPeriod: 'cpuperiod', CpuQuota: 'cpuquota' }

/** An engine gives the steps of a build no limit of processes, so that a role's does not hold there. */
export const BUILD_ROW: Row = parts(BUILD, (query, limits) => {
  const asHost = Object.fromEntries(Object.entries(QUERY_OF).map(([field, name]) => [field, query[name] === undefined ? undefined : Number(query[name])]))
  const most = maxima(asHost, { ...limits, pids: undefined }).map(finding => ({ ...finding, at: finding.at.map(name => QUERY_OF[name] ?? 'cpuquota') }))
  const from = limitsImages(limits) ? [{ limit: limits.images === undefined ? 'registries' : 'images', at: [], message: 'what a build begins with can\'t be held to the images that your grant allows' }] : []
  return [...most, ...from]
})
