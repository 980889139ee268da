import type { Limits } from '../../authorization/limits/schema.js'
import { MOUNT_ROW } from './mount.js'
import { each, engines, free, limited, never, parts, together, type Rows } from './rows.js'
import { refuseBind } from './rules/binds.js'
import { refuseDevice, refuseDeviceRequest, refuseDeviceRule } from './rules/devices.js'
import { loggingViolations } from './rules/logging.js'
import { refuseNamespace, refuseNetworkMode } from './rules/namespaces.js'
import { refuseBindings, refusePublishAll } from './rules/ports.js'
import { refuseCapability, refuseOomScore, refusePrivileged, refuseRestart, refuseSecurityOption, refuseUlimit } from './rules/process.js'
import { refuseVolume } from './rules/volumes.js'
import { fitsOne, instead, oneOf } from './rules/words.js'

/** An option whose name must be allowed, whatever its value. */
const named = (limit: string, allowedBy: (limits: Limits) => readonly string[] | undefined) => limited(limit, (options, limits) => {
  const strange = Object.keys(options as object).find(name => !fitsOne(allowedBy(limits), name))
  return strange === undefined ? undefined : `${strange} may not be set: ${instead(allowedBy(limits))}`
})

/** Paths that hide the host's kernel from who is inside: a list of one's own leaves some out. */
const masks = engines(limited('privileged', (_paths, { privileged = false }) => privileged ? undefined : 'uncovers what engines hide from containers, which is for those alone who may run privileged ones'))

const throttledDevice = each(parts({ Path: limited('devices', refuseDevice), Weight: free, Rate: free }))

/** What is said of each field of the engine's `Resources`, in creates and updates alike. */
export const RESOURCES: Rows = {
  CpuShares: free,
  Memory: together,
  NanoCpus: together,
  CgroupParent: limited('cgroupParents', oneOf<Limits>('control group', ({ cgroupParents }) => cgroupParents)),
  BlkioWeight: free,
  BlkioWeightDevice: throttledDevice,
  BlkioDeviceReadBps: throttledDevice,
  BlkioDeviceWriteBps: throttledDevice,
  BlkioDeviceReadIOps: throttledDevice,
  BlkioDeviceWriteIOps: throttledDevice,
  CpuPeriod: together,
  CpuQuota: together,
  CpuRealtimePeriod: never('realtime', 'takes CPU that nobody else can have'),
  CpuRealtimeRuntime: never('realtime', 'takes CPU that nobody else can have'),
  CpusetCpus: free,
  CpusetMems: free,
  Devices: each(parts({ PathOnHost: limited('devices', refuseDevice), PathInContainer: free, CgroupPermissions: free })),
  DeviceCgroupRules: each(limited('deviceCgroupRules', refuseDeviceRule)),
  DeviceRequests: each(limited('deviceRequests', refuseDeviceRequest)),
  KernelMemory: free,
  KernelMemoryTCP: free,
  MemoryReservation: free,
  MemorySwap: together,
  MemorySwappiness: free,
  OomKillDisable: never('oomKillDisable', 'would leave the host without memory rather than end it'),
  PidsLimit: together,
  Ulimits: each(limited('ulimits', refuseUlimit)),
  CpuCount: together,
  CpuPercent: free,
  IOMaximumIOps: free,
  IOMaximumBandwidth: free
}

/** What is said of each field of the engine's `HostConfig`. */
export const HOST_CONFIG: Rows = {
  ...RESOURCES,
  Binds: each(limited('bindRoots', refuseBind)),
  ContainerIDFile: never('unknown', 'is a path of the engine\'s host'),
  LogConfig: engines(parts({ Type: together, Config: together }, loggingViolations)),
  NetworkMode: limited('namespaces', refuseNetworkMode),
  PortBindings: each(limited('ports', refuseBindings)),
  RestartPolicy: parts({ Name: limited('restartPolicies', refuseRestart), MaximumRetryCount: free }),
  AutoRemove: free,
  VolumeDriver: limited('volumeDrivers', (driver, limits) => refuseVolume(driver, undefined, limits)?.message),
  // A reference; what the other brings along is looked at beside this table (see inherited.ts).
  VolumesFrom: free,
  CapAdd: each(limited('capabilities', refuseCapability)),
  CapDrop: free,
  CgroupnsMode: engines(limited('namespaces', refuseNamespace('cgroup'))),
  Dns: free,
  DnsOptions: free,
  DnsSearch: free,
  ExtraHosts: free,
  GroupAdd: free,
  IpcMode: engines(limited('namespaces', refuseNamespace('ipc'))),
  Cgroup: limited('namespaces', refuseNamespace('cgroup')),
  // Claims: they name other containers.
  Links: free,
  OomScoreAdj: limited('oomScoreAdj', refuseOomScore),
  PidMode: limited('namespaces', refuseNamespace('pid')),
  Privileged: limited('privileged', refusePrivileged),
  PublishAllPorts: limited('ports', refusePublishAll),
  ReadonlyRootfs: free,
  SecurityOpt: each(limited('securityOptions', refuseSecurityOption)),
  StorageOpt: engines(named('storageOptions', ({ storageOptions }) => storageOptions)),
  Tmpfs: free,
  UTSMode: limited('namespaces', refuseNamespace('uts')),
  UsernsMode: engines(limited('namespaces', refuseNamespace('user'))),
  ShmSize: free,
  Sysctls: engines(named('sysctls', ({ sysctls }) => sysctls)),
  Runtime: engines(limited('runtimes', oneOf<Limits>('runtime', ({ runtimes }) => runtimes))),
  ConsoleSize: free,
  Isolation: engines(limited('isolation', value => value === 'process' ? 'shares the host\'s kernel: that takes the role admin' : undefined)),
  Mounts: each(MOUNT_ROW),
  MaskedPaths: masks,
  ReadonlyPaths: masks,
  Init: free,
  Annotations: named('annotations', ({ annotations }) => annotations)
}
