import type Docker from 'dockerode'
import Type, { type Static, type TProperties } from 'typebox'
import { Count, Flag, Long, Text, Texts } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

export const RestartPolicy = Type.Object({
  name: Text('`no`, `always`, `unless-stopped` or `on-failure`'),
  maximumRetryCount: Count('For `on-failure`: how often; 0 for ever')
}, { ...closed, title: 'RestartPolicy', description: 'Whether the engine starts it again when it ends' })

const Ulimit = Type.Object({
  name: Text('Its name, e.g. `nofile`'),
  soft: Long('The soft limit; -1 for none'),
  hard: Long('The hard limit; -1 for none')
}, { ...closed, title: 'Ulimit', description: 'A limit of its processes' })

const Device = Type.Object({
  pathOnHost: Text('The device on the host'),
  pathInContainer: Text('Where it is inside'),
  cgroupPermissions: Text('What may be done with it: `r`, `w`, `m` (mknod)')
}, { ...closed, title: 'Device', description: 'A device of the host\'s' })

const number = Long

/** What of its host it may use, under the names that ContainerSpec has. */
export const Resources = {
  memoryBytes: number('The memory limit, in bytes; 0 for none'),
  memoryReservationBytes: number('How much memory it is left with when the host runs short, in bytes; 0 for no such promise'),
  memorySwapBytes: number('The limit of memory and swap together, in bytes; -1 for no limit, 0 where none was set'),
  memorySwappiness: Type.Optional(number('How readily its memory is swapped out, 0 to 100; absent for the host\'s default')),
  oomKillDisable: Flag('Whether it is not killed when it is out of memory'),
  oomScoreAdj: number('How readily the kernel kills it when the host is out of memory, -1000 to 1000'),
  cpus: Type.Number({ description: 'The CPU limit, in cores; 0 for none' }),
  cpuShares: number('Its share of the CPU against other containers; 0 for the default'),
  cpuPeriod: number('The scheduler\'s period, in microseconds; 0 for the default'),
  cpuQuota: number('How much of each period it may run, in microseconds; 0 or -1 for no limit'),
  cpusetCpus: Text('The CPUs it may run on, e.g. `0-3`; empty for all'),
  cpusetMems: Text('The memory nodes it may use; empty for all'),
  blkioWeight: number('The weight of its reads and writes, 10 to 1000; 0 for the default'),
  pidsLimit: Type.Optional(number('How many processes it may have; absent for no limit')),
  shmSizeBytes: number('The size of /dev/shm, in bytes'),
  ulimits: Type.Array(Ulimit, { description: 'Limits of its processes' }),
  devices: Type.Array(Device, { description: 'Devices of the host\'s' }),
  cgroupParent: Text('The cgroup that its own is in; empty for the engine\'s choice'),
  sysctls: Type.Record(Type.String(), Type.String(), { description: 'Kernel settings of its namespaces' }),
  extraHosts: Texts('Lines of its /etc/hosts, each `name:address`')
} satisfies TProperties

type ResourceFields = Static<ReturnType<typeof Type.Object<typeof Resources>>>

export function resourcesOf (limits: Docker.HostConfig): ResourceFields {
  const { PidsLimit: pids, MemorySwappiness: swappiness } = limits
  return {
    memoryBytes: limits.Memory ?? 0,
    memoryReservationBytes: limits.MemoryReservation ?? 0,
    memorySwapBytes: limits.MemorySwap ?? 0,
    ...(typeof swappiness === 'number' && swappiness >= 0 ? { memorySwappiness: swappiness } : {}),
    oomKillDisable: limits.OomKillDisable ?? false,
    oomScoreAdj: limits.OomScoreAdj ?? 0,
    ...cpusOf(limits),
    blkioWeight: limits.BlkioWeight ?? 0,
    ...(pids != null && pids > 0 ? { pidsLimit: pids } : {}),
    shmSizeBytes: limits.ShmSize ?? 0,
    ulimits: (limits.Ulimits ?? []).map(({ Name: name = '', Soft: soft = 0, Hard: hard = 0 }) => ({ name, soft, hard })),
    devices: devicesOf(limits.Devices),
    cgroupParent: limits.CgroupParent ?? '',
    sysctls: limits.Sysctls ?? {},
    extraHosts: limits.ExtraHosts ?? []
  }
}

const cpusOf = (limits: Docker.HostConfig) => ({
  cpus: Number(limits.NanoCpus ?? 0) / 1e9,
  cpuShares: limits.CpuShares ?? 0,
  cpuPeriod: limits.CpuPeriod ?? 0,
  cpuQuota: limits.CpuQuota ?? 0,
  cpusetCpus: limits.CpusetCpus ?? '',
  cpusetMems: limits.CpusetMems ?? ''
})

type EngineDevices = ReadonlyArray<{ PathOnHost: string, PathInContainer: string, CgroupPermissions: string }> | null | undefined

const devicesOf = (devices: EngineDevices) => (devices ?? []).map(({ PathOnHost: pathOnHost, PathInContainer: pathInContainer, CgroupPermissions: cgroupPermissions }) =>
  ({ pathOnHost, pathInContainer, cgroupPermissions }))

export const restartPolicyOf = (policy: Docker.HostConfig['RestartPolicy']): Static<typeof RestartPolicy> =>
  ({ name: policy?.Name || 'no', maximumRetryCount: policy?.MaximumRetryCount ?? 0 })
