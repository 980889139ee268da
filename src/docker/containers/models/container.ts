import type Docker from 'dockerode'
import Type, { type Static } from 'typebox'
import { inGraphql } from '../../../model/graphql-name.js'
import { exactOf } from '../../../lib/exact-json.js'
import { bareName, nameOf } from '../container-name.js'
import { isoOfSeconds, isoUtc } from '../../../engine/times.js'
import { Bytes, Count, DateTime, Flag, Mount, Port, PublishedPort, Raw, Text, TextMap, Texts, present } from '../../../engine/models/common.js'
import type { EngineDescriptor } from '../../../engine/objects.js'
import { ImageDescriptor, descriptorOf } from '../../images/models/image-manifest.js'
import { ContainerNetwork, networksOf } from './container-network.js'
import { Resources, RestartPolicy, resourcesOf, restartPolicyOf } from './container-resources.js'
import { ContainerState, ContainerStatus, Healthcheck, healthcheckOf, stateOf, statusOf } from './container-state.js'
import { closed } from '../../../model/objects.js'

export { ContainerStatus } from './container-state.js'

const expiresAt = Type.Optional(DateTime('Until when it may live, where it has a time to live: then Caisson stops and removes it'))

const sizes = {
  sizeRwBytes: Type.Optional(Bytes('What it has written to its own layer; with `size` only')),
  sizeRootFsBytes: Type.Optional(Bytes('Its whole root file system, image and all; with `size` only'))
}

export const ContainerSummary = Type.Object({
  host: Text('The host it is on'),
  id: Text('The full id, 64 hexadecimal digits'),
  name: Text('Its name, without the engine\'s leading slash'),
  image: Text('The image as it was asked for'),
  imageId: Text('The image\'s full id, `sha256:…`'),
  command: Text('The command line it runs', inGraphql('commandLine')),
  createdAt: DateTime('When it was created'),
  state: ContainerStatus,
  status: Text('The state in words, e.g. `Up 5 minutes`'),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  ports: Type.Array(Port, { description: 'Its ports, published and exposed' }),
  mounts: Type.Array(Mount, { description: 'Its mounts' }),
  networks: Texts('The names of the networks it is on'),
  expiresAt,
  ...sizes
}, { ...closed, title: 'ContainerSummary', description: 'A container as a list shows it' })
export type ContainerSummary = Static<typeof ContainerSummary>

export const Container = Type.Object({
  host: Text('The host it is on'),
  id: Text('The full id, 64 hexadecimal digits'),
  name: Text('Its name, without the engine\'s leading slash'),
  createdAt: DateTime('When it was created'),
  image: Text('The image as it was asked for'),
  imageId: Text('The image\'s full id, `sha256:…`'),
  state: ContainerState,
  restartCount: Count('How often the restart policy has started it again'),
  platform: Text('The operating system it is for, e.g. `linux`'),
  path: Text('The program that it runs, of entry point and command'),
  args: Texts('The program\'s arguments'),
  command: Texts('The command, as it was given or as the image has it'),
  entrypoint: Texts('The entry point, as it was given or as the image has it'),
  env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), { description: 'Its environment; null for a name without a value' }),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  hostname: Text('The host name inside'),
  domainname: Text('The domain name inside; empty for none'),
  user: Text('The user its process runs as; empty for the image\'s'),
  workingDir: Text('The working directory; empty for the image\'s'),
  tty: Flag('Whether it has a terminal'),
  openStdin: Flag('Whether its standard input is kept open'),
  stopSignal: Type.Optional(Text('The signal that asks it to stop; absent for `SIGTERM`')),
  stopTimeoutSeconds: Type.Optional(Type.Integer({ minimum: -1, maximum: 2_147_483_647, description: 'How long it may take to stop before it is killed, in seconds; absent for the engine\'s default' })),
  healthcheck: Type.Optional(Healthcheck),
  logDriver: Text('Where what it writes is kept, e.g. `json-file`'),
  logOptions: TextMap('The log driver\'s options'),
  autoRemove: Flag('Whether the engine removes it when it has ended'),
  readonlyRootfs: Flag('Whether its root file system is read-only'),
  init: Type.Optional(Flag('Whether it runs under an init; absent for the engine\'s setting')),
  runtime: Type.Optional(Text('The OCI runtime; absent where the engine does not say')),
  capAdd: Texts('Capabilities added to the usual ones'),
  capDrop: Texts('Capabilities taken away'),
  securityOpt: Texts('Security options'),
  privileged: Flag('Whether it has all rights on the host'),
  restartPolicy: RestartPolicy,
  networkMode: Text('The network it was created on'),
  ...Resources,
  ports: Type.Array(Port, { description: 'Its ports, published and exposed' }),
  mounts: Type.Array(Mount, { description: 'Its mounts' }),
  networks: Type.Array(ContainerNetwork, { description: 'The networks it is on', ...inGraphql('endpoints') }),
  expiresAt,
  logPath: Type.Optional(Text('The file on the host that its log is kept in; absent where its driver keeps none')),
  appArmorProfile: Type.Optional(Text('The AppArmor profile it runs under; absent where it has none')),
  imageDescriptor: Type.Optional(ImageDescriptor),
  ...sizes,
  raw: Raw
}, { ...closed, title: 'Container', description: 'A container in full' })
export type Container = Static<typeof Container>

export function containerSummary (host: string, info: Docker.ContainerInfo, expiresAt?: string): ContainerSummary {
  return {
    host,
    id: info.Id,
    name: nameOf(info.Names),
    image: info.Image,
    imageId: info.ImageID,
    command: info.Command,
    createdAt: isoOfSeconds(info.Created),
    state: statusOf(info.State),
    status: info.Status,
    labels: info.Labels ?? {},
    ports: (info.Ports ?? []).map(port => ({
      containerPort: port.PrivatePort,
      protocol: port.Type,
      ...(port.PublicPort > 0 ? { hostIp: port.IP, hostPort: port.PublicPort } : {})
    })),
    mounts: (info.Mounts ?? []).map(mountOf),
    networks: Object.keys(info.NetworkSettings?.Networks ?? {}),
    ...present({ expiresAt }),
    ...sizesOf(info)
  }
}

/** The engine counts them when it is asked to; dockerode's types do not know them. */
function sizesOf ({ SizeRw, SizeRootFs }: { Id: string, SizeRw?: number, SizeRootFs?: number }) {
  // An own layer with nothing in it is left out by the engine.
  return SizeRootFs === undefined ? {} : { sizeRwBytes: SizeRw ?? 0, sizeRootFsBytes: SizeRootFs }
}

/** What dockerode's types leave out. */
type Info = Docker.ContainerInspectInfo & { SizeRw?: number, SizeRootFs?: number, ImageManifestDescriptor?: EngineDescriptor }
type Config = Docker.ContainerInspectInfo['Config'] & { StopSignal?: string, StopTimeout?: number | null }

export function containerOf (host: string, plain: Info, expiresAt?: string): Container {
  const info = exactOf(plain)
  const { HostConfig: limits, NetworkSettings: network } = info
  const config: Config = info.Config
  return {
    host,
    id: info.Id,
    name: bareName(info.Name),
    createdAt: isoUtc(info.Created),
    image: config.Image,
    imageId: info.Image,
    state: stateOf(info.State),
    restartCount: info.RestartCount,
    platform: info.Platform ?? '',
    path: info.Path,
    args: info.Args,
    command: listOf(config.Cmd),
    entrypoint: listOf(config.Entrypoint),
    env: envOf(config.Env ?? []),
    labels: config.Labels ?? {},
    hostname: config.Hostname ?? '',
    domainname: config.Domainname ?? '',
    user: config.User ?? '',
    workingDir: config.WorkingDir ?? '',
    tty: config.Tty,
    openStdin: config.OpenStdin,
    ...present({ stopSignal: config.StopSignal, stopTimeoutSeconds: config.StopTimeout, healthcheck: healthcheckOf(config.Healthcheck) }),
    logDriver: limits.LogConfig?.Type ?? '',
    logOptions: limits.LogConfig?.Config ?? {},
    autoRemove: limits.AutoRemove ?? false,
    readonlyRootfs: limits.ReadonlyRootfs ?? false,
    ...present({ init: limits.Init, runtime: limits.Runtime }),
    capAdd: limits.CapAdd ?? [],
    capDrop: limits.CapDrop ?? [],
    securityOpt: limits.SecurityOpt ?? [],
    privileged: limits.Privileged ?? false,
    restartPolicy: restartPolicyOf(limits.RestartPolicy),
    networkMode: limits.NetworkMode ?? 'default',
    ...resourcesOf(limits),
    ports: portsOf(config.ExposedPorts ?? {}, network?.Ports ?? {}),
    mounts: (info.Mounts ?? []).map(mountOf),
    networks: networksOf(network?.Networks ?? {}),
    ...present({ expiresAt, logPath: info.LogPath, appArmorProfile: info.AppArmorProfile }),
    ...(info.ImageManifestDescriptor === undefined ? {} : { imageDescriptor: descriptorOf(info.ImageManifestDescriptor) }),
    ...sizesOf(info),
    raw: { ...info }
  }
}

export const listOf = (words: string | readonly string[] | null | undefined): string[] =>
  typeof words === 'string' ? [words] : [...words ?? []]

export function envOf (lines: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(lines.map(line => {
    const at = line.indexOf('=')
    return at < 0 ? [line, null] : [line.slice(0, at), line.slice(at + 1)]
  }))
}

type EngineMount = Pick<Docker.ContainerInfo['Mounts'][number], 'Type' | 'Name' | 'Source' | 'Destination' | 'RW' | 'Driver' | 'Mode' | 'Propagation'>

const mountOf = (mount: EngineMount): Static<typeof Mount> => ({
  type: mount.Type,
  ...present({ name: mount.Name, source: mount.Source, driver: mount.Driver, mode: mount.Mode, propagation: mount.Propagation }),
  target: mount.Destination,
  readOnly: !mount.RW
})

type PortBindings = Readonly<Record<string, ReadonlyArray<{ HostIp: string, HostPort: string }> | null | undefined>>

/** Published ports, and the exposed ones that are not. */
export function portsOf (exposed: object, published: PortBindings): Port[] {
  return [...new Set([...Object.keys(published), ...Object.keys(exposed)])].flatMap(key => {
    const [containerPort, protocol = 'tcp'] = key.split('/')
    const port = { containerPort: Number(containerPort), protocol }
    const bindings = published[key] ?? []
    if (bindings.length === 0) return [port]
    return bindings.map(({ HostIp, HostPort }) => ({ ...port, hostIp: HostIp, hostPort: Number(HostPort) }))
  })
}

/** Those of {@link portsOf} that the host listens on. */
export const publishedPorts = (published: PortBindings): PublishedPort[] =>
  portsOf({}, published).flatMap(({ hostIp, hostPort, ...port }) => hostIp === undefined || hostPort === undefined ? [] : [{ ...port, hostIp, hostPort }])
