/** A spec with one field of HostConfig set to a dangerous value, and the rule that refuses it. */
export interface Danger { readonly field: string, readonly spec: object, readonly rule: string, readonly path: string, /** How many other faults it has. */ readonly others?: number }

const danger = (field: string, spec: object, limit: string, path: string, others = 0): Danger => ({ field, spec, rule: `limit:${limit}`, path, others })

/** What may not be had with the safe limits, by every field that there is for it. */
export const dangers: readonly Danger[] = [
  danger('Privileged', { privileged: true }, 'privileged', '/privileged'),
  danger('Binds', { binds: ['/:/host'] }, 'bindRoots', '/binds/0'),
  danger('Binds', { binds: ['/var/run/docker.sock:/var/run/docker.sock'] }, 'bindRoots', '/binds/0'),
  danger('Binds', { binds: ['ok:/ok:rshared'] }, 'bindRoots', '/binds/0'),
  danger('Binds', { binds: ['../etc:/x'] }, 'bindRoots', '/binds/0'),
  danger('Mounts', { mounts: [{ type: 'bind', source: '/etc', target: '/x' }] }, 'bindRoots', '/mounts/0/source'),
  danger('Mounts', { mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { options: { type: 'none', o: 'bind', device: '/' } } } }] }, 'bindRoots', '/mounts/0/volumeOptions'),
  danger('Mounts', { mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { options: { type: 'ext4', device: '/dev/sda1' } } } }] }, 'volumeDrivers', '/mounts/0/volumeOptions'),
  danger('Mounts', { mounts: [{ type: 'volume', target: '/x', volumeOptions: { driver: { name: 'vieux/sshfs' } } }] }, 'volumeDrivers', '/mounts/0/volumeOptions'),
  danger('Mounts', { mounts: [{ type: 'npipe', source: '\\\\.\\pipe\\docker_engine', target: '/x' }] }, 'mountTypes', '/mounts/0/type'),
  danger('Mounts', { mounts: [{ type: 'bind', source: '/srv', target: '/x', bindOptions: { propagation: 'rshared' } }] }, 'bindRoots', '/mounts/0/bindOptions/propagation', 1),
  danger('VolumeDriver', { volumes: ['/x'], volumeDriver: 'vieux/sshfs' }, 'volumeDrivers', '/volumeDriver'),
  danger('LogConfig', { logConfig: { type: 'syslog', config: { 'syslog-address': 'tcp://10.0.0.1:514' } } }, 'logDrivers', '/logConfig/type'),
  danger('LogConfig', { logConfig: { config: { 'gelf-address': 'udp://10.0.0.1:1' } } }, 'logDrivers', '/logConfig/config/gelf-address'),
  danger('NetworkMode', { networkMode: 'host' }, 'namespaces', '/networkMode'),
  danger('PidMode', { pidMode: 'host' }, 'namespaces', '/pidMode'),
  danger('IpcMode', { ipcMode: 'host' }, 'namespaces', '/ipcMode'),
  danger('UTSMode', { utsMode: 'host' }, 'namespaces', '/utsMode'),
  danger('UsernsMode', { usernsMode: 'host' }, 'namespaces', '/usernsMode'),
  danger('CgroupnsMode', { cgroupnsMode: 'host' }, 'namespaces', '/cgroupnsMode'),
  danger('CapAdd', { capAdd: ['NET_ADMIN'] }, 'capabilities', '/capAdd/0'),
  danger('CapAdd', { capAdd: ['CHOWN', 'CAP_SYS_ADMIN'] }, 'capabilities', '/capAdd/1'),
  danger('CapAdd', { capAdd: ['sys_admin'] }, 'capabilities', '/capAdd/0'),
  danger('CapAdd', { capAdd: ['all'] }, 'capabilities', '/capAdd/0'),
  danger('SecurityOpt', { securityOpt: ['seccomp=unconfined'] }, 'securityOptions', '/securityOpt/0'),
  danger('SecurityOpt', { securityOpt: ['apparmor:unconfined'] }, 'securityOptions', '/securityOpt/0'),
  danger('SecurityOpt', { securityOpt: ['label=disable'] }, 'securityOptions', '/securityOpt/0'),
  danger('SecurityOpt', { securityOpt: ['no-new-privileges=false'] }, 'securityOptions', '/securityOpt/0'),
  danger('SecurityOpt', { securityOpt: ['systempaths=unconfined'] }, 'securityOptions', '/securityOpt/0'),
  danger('MaskedPaths', { maskedPaths: [] }, 'privileged', '/maskedPaths'),
  danger('ReadonlyPaths', { readonlyPaths: [] }, 'privileged', '/readonlyPaths'),
  danger('Devices', { devices: [{ pathOnHost: '/dev/kmsg' }] }, 'devices', '/devices/0/pathOnHost'),
  danger('DeviceCgroupRules', { deviceCgroupRules: ['a *:* rwm'] }, 'deviceCgroupRules', '/deviceCgroupRules/0'),
  danger('DeviceRequests', { deviceRequests: [{ driver: 'nvidia', count: -1, capabilities: [['gpu']] }] }, 'deviceRequests', '/deviceRequests/0'),
  danger('BlkioWeightDevice', { blkioWeightDevice: [{ path: '/dev/sda', weight: 10 }] }, 'devices', '/blkioWeightDevice/0/path'),
  danger('BlkioDeviceReadBps', { blkioDeviceReadBps: [{ path: '/dev/sda', rate: 1 }] }, 'devices', '/blkioDeviceReadBps/0/path'),
  danger('BlkioDeviceWriteBps', { blkioDeviceWriteBps: [{ path: '/dev/sda', rate: 1 }] }, 'devices', '/blkioDeviceWriteBps/0/path'),
  danger('BlkioDeviceReadIOps', { blkioDeviceReadIOps: [{ path: '/dev/sda', rate: 1 }] }, 'devices', '/blkioDeviceReadIOps/0/path'),
  danger('BlkioDeviceWriteIOps', { blkioDeviceWriteIOps: [{ path: '/dev/sda', rate: 1 }] }, 'devices', '/blkioDeviceWriteIOps/0/path'),
  danger('CgroupParent', { cgroupParent: '/' }, 'cgroupParents', '/cgroupParent'),
  danger('CpuRealtimePeriod', { cpuRealtimePeriod: 1_000_000 }, 'realtime', '/cpuRealtimePeriod'),
  danger('CpuRealtimeRuntime', { cpuRealtimeRuntime: 950_000 }, 'realtime', '/cpuRealtimeRuntime'),
  danger('OomKillDisable', { oomKillDisable: true }, 'oomKillDisable', '/oomKillDisable'),
  danger('OomScoreAdj', { oomScoreAdj: -500 }, 'oomScoreAdj', '/oomScoreAdj'),
  danger('Ulimits', { ulimits: [{ name: 'rtprio', soft: 99 }] }, 'ulimits', '/ulimits/0'),
  danger('Sysctls', { sysctls: { 'net.ipv4.ip_forward': '1' } }, 'sysctls', '/sysctls'),
  danger('StorageOpt', { storageOpt: { size: '1T' } }, 'storageOptions', '/storageOpt'),
  danger('Runtime', { runtime: 'runsc' }, 'runtimes', '/runtime'),
  danger('Isolation', { isolation: 'process' }, 'isolation', '/isolation'),
  danger('WorkingDir', { workingDir: '/proc/self/fd/7' }, 'workingDir', '/workingDir'),
  danger('WorkingDir', { workingDir: '/x/../proc' }, 'workingDir', '/workingDir'),
  danger('WorkingDir', { workingDir: '//proc/self' }, 'workingDir', '/workingDir'),
  danger('WorkingDir', { workingDir: '/dev/fd/3' }, 'workingDir', '/workingDir')
]

/** Fields that no value makes dangerous with the safe limits, and why. */
export const harmless: Readonly<Record<string, readonly string[]>> = {
  'what is inside the container, or at its own edge': ['AutoRemove', 'CapDrop', 'ConsoleSize', 'Dns', 'DnsOptions', 'DnsSearch', 'ExtraHosts', 'GroupAdd', 'Init', 'ReadonlyRootfs', 'ShmSize', 'Tmpfs'],
  'other containers, which are claims: test/auth/access.test.ts': ['Cgroup', 'Links', 'VolumesFrom'],
  'how much, which a role says or does not: roles.test.ts': ['CpuCount', 'CpuPercent', 'CpuPeriod', 'CpuQuota', 'Memory', 'MemorySwap', 'NanoCpus', 'PidsLimit'],
  'ports and restarts, of which any may be had unless a role says so: roles.test.ts': ['PortBindings', 'PublishAllPorts', 'RestartPolicy'],
  'shares against other containers, and limits of one\'s own': ['BlkioWeight', 'CpuShares', 'CpusetCpus', 'CpusetMems', 'IOMaximumBandwidth', 'IOMaximumIOps', 'KernelMemory', 'KernelMemoryTCP', 'MemoryReservation', 'MemorySwappiness'],
  'no spec comes to it: fields.test.ts': ['ContainerIDFile']
}
