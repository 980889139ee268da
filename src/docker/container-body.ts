import type Docker from 'dockerode'
import { invalidField } from '../errors.js'
import type { ContainerSpec } from './container-spec.js'

/** A ContainerSpec as the engine's own create body. What was not given is not sent: the engine's defaults hold. */
export function containerBody (spec: ContainerSpec): Docker.ContainerCreateOptions {
  const ports = portBindings(spec.ports ?? [])
  return given({
    name: spec.name,
    Image: spec.image,
    Cmd: spec.command,
    Entrypoint: spec.entrypoint,
    Env: spec.env === undefined ? undefined : Object.entries(spec.env).map(([key, value]) => value === null ? key : `${key}=${value}`),
    Labels: spec.labels,
    Hostname: spec.hostname,
    User: spec.user,
    WorkingDir: spec.workingDir,
    Tty: spec.tty,
    OpenStdin: spec.openStdin,
    StdinOnce: spec.stdinOnce,
    ExposedPorts: ports === undefined ? undefined : Object.fromEntries(Object.keys(ports).map(key => [key, {}])),
    HostConfig: hostConfig(spec, ports),
    NetworkingConfig: spec.networks === undefined ? undefined : { EndpointsConfig: endpoints(spec.networks) }
  })
}

type PortMap = Record<string, Array<{ HostIp: string, HostPort: string }>>

function hostConfig (spec: ContainerSpec, ports: PortMap | undefined): Docker.HostConfig {
  return given({
    PortBindings: ports,
    Binds: spec.binds,
    Mounts: spec.mounts?.map(mountOf),
    NetworkMode: spec.networkMode ?? firstNetwork(spec.networks),
    RestartPolicy: spec.restartPolicy === undefined ? undefined : given({ Name: spec.restartPolicy.name, MaximumRetryCount: spec.restartPolicy.maximumRetryCount }),
    Memory: spec.memoryBytes,
    NanoCpus: spec.cpus === undefined ? undefined : Math.round(spec.cpus * 1e9),
    PidsLimit: spec.pidsLimit,
    Init: spec.init,
    Privileged: spec.privileged,
    CapAdd: spec.capAdd,
    CapDrop: spec.capDrop
  })
}

/** Without a mode the engine would put the container on its default bridge as well. */
const firstNetwork = (networks: ContainerSpec['networks']): string | undefined => Object.keys(networks ?? {})[0]

function portBindings (ports: NonNullable<ContainerSpec['ports']>): PortMap | undefined {
  if (ports.length === 0) return undefined
  const map: PortMap = {}
  for (const { containerPort, protocol = 'tcp', hostIp = '', hostPort, hostPortEnd } of ports) {
    if (hostPortEnd !== undefined && (hostPort === undefined || hostPort === 0 || hostPortEnd < hostPort)) {
      throw invalidField('ports', 'hostPortEnd ends a range that hostPort begins: give both, hostPort being the smaller')
    }
    const range = [hostPort ?? '', ...(hostPortEnd === undefined ? [] : [hostPortEnd])].join('-')
    ;(map[`${containerPort}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: range })
  }
  return map
}

function mountOf ({ type, source, target, readOnly, sizeBytes }: NonNullable<ContainerSpec['mounts']>[number]): Docker.MountSettings {
  return given({
    Type: type,
    Source: source ?? '',
    Target: target,
    ReadOnly: readOnly,
    TmpfsOptions: sizeBytes === undefined ? undefined : { SizeBytes: sizeBytes, Mode: 0o1777 }
  })
}

const endpoints = (networks: NonNullable<ContainerSpec['networks']>): Docker.EndpointsConfig =>
  Object.fromEntries(Object.entries(networks).map(([name, { aliases, ipv4Address, ipv6Address, macAddress, driverOpts }]) => [name, given({
    Aliases: aliases,
    IPAMConfig: ipv4Address === undefined && ipv6Address === undefined ? undefined : given({ IPv4Address: ipv4Address, IPv6Address: ipv6Address }),
    MacAddress: macAddress,
    DriverOpts: driverOpts
  })]))

/** Without the fields that were not given. */
function given<T extends object> (fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
}
