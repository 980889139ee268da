import type Docker from 'dockerode'
import Type, { type Static } from 'typebox'
import { isoOfSeconds, isoOrNothing } from '../times.js'
import { Closed, Count, DateTime, Flag, Mount, Port, PublishedPort, Raw, Text, TextMap, Texts } from './common.js'

export const ContainerStatus = Type.Enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'], {
  title: 'ContainerStatus', description: 'Where the container is in its life'
})

export const ContainerSummary = Type.Object({
  host: Text('The host it is on'),
  id: Text('The full id, 64 hexadecimal digits'),
  name: Text('Its name, without the engine\'s leading slash'),
  image: Text('The image as it was asked for'),
  imageId: Text('The image\'s full id, `sha256:…`'),
  command: Text('The command line it runs'),
  createdAt: DateTime('When it was created'),
  state: ContainerStatus,
  status: Text('The state in words, e.g. `Up 5 minutes`'),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  ports: Type.Array(Port, { description: 'Its ports, published and exposed' }),
  mounts: Type.Array(Mount, { description: 'Its mounts' }),
  networks: Texts('The names of the networks it is on')
}, { ...Closed, title: 'ContainerSummary', description: 'A container as a list shows it' })
export type ContainerSummary = Static<typeof ContainerSummary>

const ContainerState = Type.Object({
  status: ContainerStatus,
  running: Flag('Whether its process runs; true also while it is paused'),
  paused: Flag('Whether it is paused'),
  oomKilled: Flag('Whether the kernel killed it for want of memory'),
  pid: Count('The process id on the host; 0 when it does not run'),
  exitCode: Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647, description: 'The exit code of its last run; 0 before the first' }),
  error: Type.Optional(Text('Why the engine could not start it')),
  startedAt: Type.Optional(DateTime('When it was last started; absent when never')),
  finishedAt: Type.Optional(DateTime('When it last ended; absent when never')),
  health: Type.Optional(Text('`starting`, `healthy` or `unhealthy`; absent without a health check'))
}, { ...Closed, title: 'ContainerState' })

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
  command: Texts('The command, as it was given or as the image has it'),
  entrypoint: Texts('The entry point, as it was given or as the image has it'),
  env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), { description: 'Its environment; null for a name without a value' }),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  hostname: Text('The host name inside'),
  user: Text('The user its process runs as; empty for the image\'s'),
  workingDir: Text('The working directory; empty for the image\'s'),
  tty: Flag('Whether it has a terminal'),
  openStdin: Flag('Whether its standard input is kept open'),
  privileged: Flag('Whether it has all rights on the host'),
  restartPolicy: Text('`no`, `always`, `unless-stopped` or `on-failure`'),
  networkMode: Text('The network it was created on'),
  memoryBytes: Type.Integer({ description: 'The memory limit, in bytes; 0 for none' }),
  cpus: Type.Number({ description: 'The CPU limit, in cores; 0 for none' }),
  pidsLimit: Type.Optional(Type.Integer({ description: 'How many processes it may have; absent for no limit' })),
  ports: Type.Array(Port, { description: 'Its ports, published and exposed' }),
  mounts: Type.Array(Mount, { description: 'Its mounts' }),
  networks: Texts('The names of the networks it is on'),
  raw: Raw
}, { ...Closed, title: 'Container', description: 'A container in full' })
export type Container = Static<typeof Container>

export function containerSummary (host: string, info: Docker.ContainerInfo): ContainerSummary {
  return {
    host,
    id: info.Id,
    name: bareName(info.Names?.[0] ?? ''),
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
    networks: Object.keys(info.NetworkSettings?.Networks ?? {})
  }
}

export function containerOf (host: string, info: Docker.ContainerInspectInfo): Container {
  const { Config: config, HostConfig: limits, NetworkSettings: network } = info
  return {
    host,
    id: info.Id,
    name: bareName(info.Name),
    createdAt: info.Created,
    image: config.Image,
    imageId: info.Image,
    state: stateOf(info.State),
    restartCount: info.RestartCount,
    platform: info.Platform ?? '',
    command: listOf(config.Cmd),
    entrypoint: listOf(config.Entrypoint),
    env: envOf(config.Env ?? []),
    labels: config.Labels ?? {},
    hostname: config.Hostname,
    user: config.User,
    workingDir: config.WorkingDir,
    tty: config.Tty,
    openStdin: config.OpenStdin,
    privileged: limits.Privileged ?? false,
    restartPolicy: limits.RestartPolicy?.Name || 'no',
    networkMode: limits.NetworkMode ?? 'default',
    memoryBytes: limits.Memory ?? 0,
    cpus: (limits.NanoCpus ?? 0) / 1e9,
    ...(typeof limits.PidsLimit === 'number' && limits.PidsLimit > 0 ? { pidsLimit: limits.PidsLimit } : {}),
    ports: portsOf(config.ExposedPorts ?? {}, network?.Ports ?? {}),
    mounts: (info.Mounts ?? []).map(mountOf),
    networks: Object.keys(network?.Networks ?? {}),
    raw: { ...info }
  }
}

export const bareName = (name: string): string => name.replace(/^\//, '')

const statusOf = (state: string): Static<typeof ContainerStatus> =>
  ContainerStatus.enum.find(known => known === state) ?? 'dead'

function stateOf (state: Docker.ContainerInspectInfo['State']): Static<typeof ContainerState> {
  const startedAt = isoOrNothing(state.StartedAt)
  const finishedAt = isoOrNothing(state.FinishedAt)
  return {
    status: statusOf(state.Status),
    running: state.Running,
    paused: state.Paused,
    oomKilled: state.OOMKilled,
    pid: state.Pid,
    exitCode: state.ExitCode,
    ...(state.Error === '' ? {} : { error: state.Error }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(state.Health === undefined ? {} : { health: state.Health.Status })
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

type EngineMount = Pick<Docker.ContainerInfo['Mounts'][number], 'Type' | 'Name' | 'Source' | 'Destination' | 'RW'>

const mountOf = (mount: EngineMount): Static<typeof Mount> => ({
  type: mount.Type,
  ...(mount.Name === undefined || mount.Name === '' ? {} : { name: mount.Name }),
  ...(mount.Source === undefined || mount.Source === '' ? {} : { source: mount.Source }),
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
