import Type, { type Static, type TProperties } from 'typebox'
import { choice } from '../../model/choice.js'

import type { EngineObject } from '../../engine/objects.js'
import { DEVICE_RULE, ULIMIT } from './closed-sets.js'
import { ONLY_THESE, MAX_INT32, bytes, flag, given, integer, list, renamed, text, words } from './fields.js'
import { closed } from '../../model/objects.js'

const devicePath = Type.String({ minLength: 1, maxLength: 4096, description: 'The device\'s path on the host, e.g. `/dev/sda`' })

const BlkioWeightDeviceSpec = Type.Object({
  path: devicePath,
  weight: Type.Integer({ minimum: 10, maximum: 1000, description: 'Its weight against other containers, 10 to 1000' })
}, { ...closed, title: 'BlkioWeightDeviceSpec', description: 'The weight of a container\'s reads and writes on one device' })

const BlkioRateSpec = Type.Object({
  path: devicePath,
  rate: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'The limit: bytes a second, or operations a second, as the field that it stands in says; 0 for none' })
}, { ...closed, title: 'BlkioRateSpec', description: 'How fast a container may use one device' })

const DeviceSpec = Type.Object({
  pathOnHost: Type.String({ minLength: 1, maxLength: 4096, description: 'The device on the host, e.g. `/dev/fuse`' }),
  pathInContainer: text('Where it is inside; the same path when absent'),
  cgroupPermissions: text('What may be done with it: `r`, `w`, `m` (mknod); `rwm` when absent', { pattern: '^[rwm]{1,3}$', 'x-expects': 'one to three of the letters r, w and m' })
}, { ...closed, title: 'DeviceSpec', description: 'A device of the host\'s' })

const DeviceRequestSpec = Type.Object({
  driver: text('The device driver, e.g. `nvidia` or `cdi`; chosen by the capabilities when absent'),
  count: integer('How many devices; -1 for all', -1, MAX_INT32),
  deviceIds: words('Which devices, instead of a count'),
  capabilities: list(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 }), 'What the driver must be able to do: one of these lists, whole. For graphics cards `[["gpu"]]`'),
  options: Type.Optional(Type.Record(Type.String(), Type.String(), { ...ONLY_THESE, description: 'Options of the driver' }))
}, { ...closed, title: 'DeviceRequestSpec', description: 'Devices that a driver of the host\'s gives, such as graphics cards' })

const UlimitSpec = Type.Object({
  name: Type.String({ maxLength: 64, description: 'Its name, e.g. `nofile`', ...ULIMIT }),
  soft: Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER, description: 'The soft limit; -1 for none' }),
  hard: integer('The hard limit; -1 for none; the soft one when absent', -1)
}, { ...closed, title: 'UlimitSpec', description: 'A limit of its processes' })

export const RestartPolicySpec = Type.Object({
  name: choice('RestartPolicyName', 'When the engine starts it again', {
    no: 'Never',
    always: 'Whenever it ends, and when the engine starts',
    'unless-stopped': 'As `always`, but not once somebody has stopped it',
    'on-failure': 'When it exits with another code than 0'
  }),
  maximumRetryCount: integer('For `on-failure`: how often; 0 for ever', 0, MAX_INT32)
}, { ...closed, title: 'RestartPolicySpec', description: 'Whether the engine starts it again when it ends' })

/** What may be changed while the container is there. */
export const ChangeableResources = {
  memoryBytes: bytes('Memory limit; 0 for none'),
  memoryReservationBytes: bytes('How much memory it is left with when the host runs short; 0 for no such promise'),
  memorySwapBytes: bytes('Limit of memory and swap together; -1 for no limit, 0 for twice the memory limit', -1),
  kernelMemoryBytes: bytes('Limit of kernel memory. Engines before API 1.42 only; newer ones take it and do nothing'),
  cpus: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000, description: 'CPU limit, in cores, e.g. 1.5; 0 for none' })),
  cpuShares: integer('Its share of the CPU against other containers; 1024 is usual, 0 the default'),
  cpuPeriod: integer('The scheduler\'s period, in microseconds, 1000 to 1000000; 0 for the default'),
  cpuQuota: integer('How much of each period it may run, in microseconds, 1000 at least; 0 or -1 for no limit', -1),
  cpuRealtimePeriod: integer('The real-time scheduler\'s period, in microseconds; 0 for none'),
  cpuRealtimeRuntime: integer('How much of each period it may run in real time, in microseconds; 0 for none'),
  cpusetCpus: text('The CPUs it may run on, e.g. `0-3` or `0,1`'),
  cpusetMems: text('The memory nodes it may use, e.g. `0-3` or `0,1`'),
  blkioWeight: integer('The weight of its reads and writes against other containers, 10 to 1000; 0 for the default', 0, 1000),
  pidsLimit: integer('How many processes it may have; -1 or 0 for no limit', -1, MAX_INT32)
} satisfies TProperties

/** The block devices of a container; engines before API 1.55 can't change them later. */
export const BlockDevices = {
  blkioWeightDevice: list(BlkioWeightDeviceSpec, 'Weights of its reads and writes on single devices'),
  blkioDeviceReadBps: list(BlkioRateSpec, 'Limits of reading from single devices, in bytes a second'),
  blkioDeviceWriteBps: list(BlkioRateSpec, 'Limits of writing to single devices, in bytes a second'),
  blkioDeviceReadIOps: list(BlkioRateSpec, 'Limits of reading from single devices, in operations a second'),
  blkioDeviceWriteIOps: list(BlkioRateSpec, 'Limits of writing to single devices, in operations a second')
} satisfies TProperties

/** What of a host a container may use. */
export const ResourceSpec = {
  ...ChangeableResources,
  ...BlockDevices,
  kernelMemoryTcpBytes: bytes('Limit of the kernel\'s TCP buffers. Engines before API 1.42 only'),
  memorySwappiness: integer('How readily its memory is swapped out, 0 to 100; -1 for the host\'s default', -1, 100),
  oomKillDisable: flag('Do not kill it when it is out of memory; only with a memory limit, else the host may hang'),
  oomScoreAdj: integer('How readily the kernel kills it when the host is out of memory, -1000 to 1000', -1000, 1000),
  shmSizeBytes: bytes('Size of /dev/shm; 0 for the engine\'s default of 64 MiB'),
  ulimits: list(UlimitSpec, 'Limits of its processes'),
  devices: list(DeviceSpec, 'Devices of the host\'s'),
  deviceCgroupRules: words('Rules of the devices\' cgroup, e.g. `c 1:3 mr`', undefined, DEVICE_RULE),
  deviceRequests: list(DeviceRequestSpec, 'Devices that a driver gives, such as graphics cards'),
  cgroupParent: text('The cgroup that its own is made in'),
  cpuCount: integer('Windows: how many CPUs it has'),
  cpuPercent: integer('Windows: how much of the CPUs it may use, in percent', 0, 100),
  ioMaximumIOps: integer('Windows: limit of the system drive, in operations a second'),
  ioMaximumBandwidthBytesPerSecond: integer('Windows: limit of the system drive, in bytes a second')
} satisfies TProperties

export type Resources = Static<ReturnType<typeof Type.Object<typeof ResourceSpec>>>

/** Those that engines take as they are, under names of their own. */
export const RESOURCE_NAMES: Partial<Record<keyof Resources, string>> = {
  memoryBytes: 'Memory',
  memoryReservationBytes: 'MemoryReservation',
  memorySwapBytes: 'MemorySwap',
  kernelMemoryBytes: 'KernelMemory',
  kernelMemoryTcpBytes: 'KernelMemoryTCP',
  cpuShares: 'CpuShares',
  cpuPeriod: 'CpuPeriod',
  cpuQuota: 'CpuQuota',
  cpuRealtimePeriod: 'CpuRealtimePeriod',
  cpuRealtimeRuntime: 'CpuRealtimeRuntime',
  cpusetCpus: 'CpusetCpus',
  cpusetMems: 'CpusetMems',
  blkioWeight: 'BlkioWeight',
  pidsLimit: 'PidsLimit',
  memorySwappiness: 'MemorySwappiness',
  oomKillDisable: 'OomKillDisable',
  oomScoreAdj: 'OomScoreAdj',
  shmSizeBytes: 'ShmSize',
  deviceCgroupRules: 'DeviceCgroupRules',
  cgroupParent: 'CgroupParent',
  cpuCount: 'CpuCount',
  cpuPercent: 'CpuPercent',
  ioMaximumIOps: 'IOMaximumIOps',
  ioMaximumBandwidthBytesPerSecond: 'IOMaximumBandwidth'
}

/** A spec's resources as the engine takes them, in create and update alike. */
export function resourcesBody (spec: Resources): EngineObject {
  return given({
    ...renamed(spec, RESOURCE_NAMES),
    NanoCpus: spec.cpus === undefined ? undefined : Math.round(spec.cpus * 1e9),
    BlkioWeightDevice: spec.blkioWeightDevice?.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: rates(spec.blkioDeviceReadBps),
    BlkioDeviceWriteBps: rates(spec.blkioDeviceWriteBps),
    BlkioDeviceReadIOps: rates(spec.blkioDeviceReadIOps),
    BlkioDeviceWriteIOps: rates(spec.blkioDeviceWriteIOps),
    Ulimits: spec.ulimits?.map(({ name, soft, hard = soft }) => ({ Name: name, Soft: soft, Hard: hard })),
    Devices: spec.devices?.map(({ pathOnHost, pathInContainer = pathOnHost, cgroupPermissions = 'rwm' }) =>
      ({ PathOnHost: pathOnHost, PathInContainer: pathInContainer, CgroupPermissions: cgroupPermissions })),
    DeviceRequests: spec.deviceRequests?.map(deviceRequest)
  })
}

const rates = (devices: ReadonlyArray<{ path: string, rate: number }> | undefined) =>
  devices?.map(({ path, rate }) => ({ Path: path, Rate: rate }))

const deviceRequest = (request: Static<typeof DeviceRequestSpec>): EngineObject =>
  renamed(request, { driver: 'Driver', count: 'Count', deviceIds: 'DeviceIDs', capabilities: 'Capabilities', options: 'Options' })

export const restartPolicyBody = (policy: Static<typeof RestartPolicySpec>): EngineObject =>
  renamed(policy, { name: 'Name', maximumRetryCount: 'MaximumRetryCount' })
