import Type, { type Static } from 'typebox'
import { inGraphql } from '../../../model/graphql-name.js'
import { choice } from '../../../model/choice.js'
import { Bytes, Count, Flag, Raw, Text, TextMap, Texts, present } from '../../../engine/models/common.js'
import type { SystemInfo } from '../../../engine/objects.js'
import { closed } from '../../../model/objects.js'

const HostPlugins = Type.Object({
  volume: Texts('For volumes, e.g. `local`'),
  network: Texts('For networks, e.g. `bridge`'),
  log: Texts('For logs, e.g. `json-file`'),
  authorization: Texts('For authorization; none where nobody asks one')
}, { ...closed, title: 'HostPlugins', description: 'The drivers that the engine has' })

const HostContainerd = Type.Object({
  address: Type.Optional(Text('The path of its socket; absent where the engine does not say')),
  containersNamespace: Text('Its namespace for containers'),
  pluginsNamespace: Text('Its namespace for plugins')
}, { ...closed, title: 'HostContainerd', description: 'The containerd that the engine works with' })

const HostFirewall = Type.Object({
  driver: Text('E.g. `iptables`, `nftables` or `iptables+firewalld`'),
  info: TextMap('What the engine tells of it')
}, { ...closed, title: 'HostFirewall', description: 'What the engine makes its firewall rules with' })

const HostDevice = Type.Object({
  source: Text('The driver that found it, e.g. `cdi`'),
  id: Text('Its name for containers, e.g. `vendor.com/gpu=0`', inGraphql('deviceId'))
}, { ...closed, title: 'HostDevice', description: 'A device that containers may be given' })

const ImageStore = choice('ImageStore', 'What the engine keeps images with', {
  containerd: 'Containerd\'s store: images of several platforms, and an id is a manifest\'s digest',
  graphdriver: 'A storage driver of the engine\'s own: one platform of an image, and an id is a configuration\'s digest'
})

export const HostInfo = Type.Object({
  id: Text('The engine\'s own id', inGraphql('engineId')),
  name: Text('The machine\'s host name'),
  version: Text('The engine\'s version'),
  operatingSystem: Text('The system it runs on'),
  osType: Text('E.g. `linux`'),
  kernelVersion: Text('The kernel it runs on'),
  architecture: Text('E.g. `x86_64`'),
  cpus: Count('How many CPUs it has'),
  memoryBytes: Bytes('The memory it has'),
  containers: Count('How many containers there are'),
  containersRunning: Count('How many of them run'),
  containersPaused: Count('How many of them are paused'),
  containersStopped: Count('How many of them are stopped'),
  images: Count('How many images there are'),
  storageDriver: Text('E.g. `overlay2`'),
  imageStore: ImageStore,
  cgroupDriver: Text('`systemd`, `cgroupfs` or `none`'),
  cgroupVersion: Text('`1` or `2`'),
  loggingDriver: Text('Where containers\' logs are kept when nobody says otherwise'),
  securityOptions: Texts('What separates containers from the host, each as `key=value` with `,` between, e.g. `name=seccomp,profile=builtin` or `name=rootless`'),
  runtimes: Texts('The OCI runtimes that containers may be given'),
  defaultRuntime: Text('The one they have when nobody says otherwise'),
  initBinary: Text('The init that containers may run under; empty where there is none'),
  plugins: HostPlugins,
  labels: Texts('Labels of the engine, each `key=value`'),
  cdiSpecDirs: Texts('Where it looks for devices of CDI; none where it does not (before API 1.44)'),
  devices: Type.Array(HostDevice, { description: 'Devices that it has found (API 1.50 and newer)' }),
  firewall: Type.Optional(HostFirewall),
  containerd: Type.Optional(HostContainerd),
  liveRestore: Flag('Whether containers go on while the engine is replaced'),
  experimental: Flag('Whether it runs with experimental features'),
  swarm: Text('Its part in a swarm: `inactive`, `pending`, `active`, `error` or `locked`'),
  warnings: Texts('What it warns of'),
  raw: Raw
}, { ...closed, title: 'HostInfo', description: 'What a host is made of and what it holds' })

/** By which the engine says that its images are containerd's. */
const SNAPSHOTTER = 'io.containerd.snapshotter.v1'

export const hostInfoOf = (info: SystemInfo): Static<typeof HostInfo> => ({
  id: info.ID,
  name: info.Name,
  version: info.ServerVersion ?? '',
  operatingSystem: info.OperatingSystem,
  osType: info.OSType ?? '',
  kernelVersion: info.KernelVersion ?? '',
  architecture: info.Architecture,
  cpus: info.NCPU,
  memoryBytes: info.MemTotal,
  containers: info.Containers,
  containersRunning: info.ContainersRunning,
  containersPaused: info.ContainersPaused,
  containersStopped: info.ContainersStopped,
  images: info.Images,
  storageDriver: info.Driver,
  imageStore: info.DriverStatus?.some(([, value]) => value === SNAPSHOTTER) === true ? 'containerd' : 'graphdriver',
  cgroupDriver: info.CgroupDriver ?? '',
  cgroupVersion: info.CgroupVersion ?? '1',
  loggingDriver: info.LoggingDriver ?? '',
  securityOptions: [...info.SecurityOptions ?? []],
  runtimes: Object.keys(info.Runtimes ?? {}).sort(),
  defaultRuntime: info.DefaultRuntime ?? '',
  initBinary: info.InitBinary ?? '',
  plugins: pluginsOf(info.Plugins),
  labels: [...info.Labels ?? []],
  cdiSpecDirs: [...info.CDISpecDirs ?? []],
  devices: (info.DiscoveredDevices ?? []).map(({ Source: source, ID: id }) => ({ source, id })),
  ...(info.FirewallBackend == null ? {} : { firewall: { driver: info.FirewallBackend.Driver, info: Object.fromEntries(info.FirewallBackend.Info ?? []) } }),
  ...(info.Containerd == null ? {} : { containerd: containerdOf(info.Containerd) }),
  liveRestore: info.LiveRestoreEnabled ?? false,
  experimental: info.ExperimentalBuild ?? false,
  swarm: info.Swarm?.LocalNodeState ?? 'inactive',
  warnings: [...info.Warnings ?? []],
  raw: { ...info }
})

const pluginsOf = ({ Volume, Network, Log, Authorization }: NonNullable<SystemInfo['Plugins']> = {}): Static<typeof HostPlugins> =>
  ({ volume: [...Volume ?? []], network: [...Network ?? []], log: [...Log ?? []], authorization: [...Authorization ?? []] })

const containerdOf = ({ Address, Namespaces }: NonNullable<SystemInfo['Containerd']>): Static<typeof HostContainerd> =>
  ({ ...present({ address: Address }), containersNamespace: Namespaces.Containers, pluginsNamespace: Namespaces.Plugins })
