import { isAtLeast } from '../../engine/connection/api-version.js'
import type { ContainerSpec } from './container-spec.js'
import type { Engine } from '../../engine/kinds/engine.js'
import type { Host } from '../../engine/host.js'
import type { EngineObject } from '../../engine/objects.js'
import { refuseUnknownWords } from '../spec/closed-sets.js'
import { given, part, renamed } from '../spec/fields.js'
import { capabilities } from '../spec/isolation.js'
import { mountBody } from '../spec/mounts.js'
import { endpointBody, standing, type Standing } from '../spec/networks.js'
import { refuseNewer } from '../spec/newer.js'
import { exposedPorts, portBindings } from '../spec/ports.js'
import { envBody, healthcheckBody } from '../spec/process.js'
import { resourcesBody, restartPolicyBody } from '../spec/resources.js'
import { refuseUnsupportedFields } from './unsupported-fields.js'

/** A create as the engine takes it, and what is to be done once the container is there. */
export interface CreateRequest {
  readonly body: EngineObject
  /** Networks to connect it to afterwards, with how it stands on each. */
  readonly later: ReadonlyArray<readonly [network: string, endpoint: EngineObject]>
}

/**
 * A ContainerSpec as the engine's own create body. What was not given is not sent, so that the engine's defaults hold;
 * where the `docker` command sends something all the same, and the engine keeps it, so do we.
 * @throws `invalid-input` for what no engine, or not this one, would do
 */
export function createRequest (spec: ContainerSpec & { autoRemove?: boolean }, api: string): CreateRequest {
  refuseUnknownWords(spec)
  refuseNewer(spec, api)
  const networks = standing(spec, isAtLeast(api, '1.44'))
  return { body: createBody(spec, networks), later: endpoints(networks.later) }
}

/** As this host's engine takes it. @throws as {@link createRequest}, and for what it would do in appearance only */
export async function requestFor (host: Pick<Host, 'engine'>, spec: ContainerSpec & { autoRemove?: boolean }): Promise<CreateRequest> {
  return requestOf(await host.engine(), spec)
}

export function requestOf (engine: Engine, spec: ContainerSpec & { autoRemove?: boolean }): CreateRequest {
  refuseUnsupportedFields(spec, engine)
  return createRequest(spec, engine.api)
}

function createBody (spec: ContainerSpec & { autoRemove?: boolean }, networks: Standing): EngineObject {
  const { endpoints: first, macAddress } = networks
  return given({
    ...renamed(spec, CONFIG),
    MacAddress: macAddress,
    Env: envBody(spec.env ?? {}),
    Labels: spec.labels ?? {},
    Volumes: Object.fromEntries((spec.volumes ?? []).map(path => [path, {}])),
    ExposedPorts: exposedPorts(spec),
    Healthcheck: spec.healthcheck === undefined ? undefined : healthcheckBody(spec.healthcheck),
    HostConfig: hostConfig(spec, networks),
    NetworkingConfig: Object.keys(first).length === 0 ? undefined : { EndpointsConfig: Object.fromEntries(endpoints(first)) }
  })
}

const endpoints = (networks: Standing['endpoints']): Array<readonly [string, EngineObject]> =>
  Object.entries(networks).map(([name, network]) => [name, endpointBody(network)])

const hostConfig = (spec: ContainerSpec, { mode }: Standing): EngineObject => given({
  ...DEFAULTS,
  ...renamed(spec, HOST_CONFIG),
  ...resourcesBody(spec),
  CapAdd: capabilities(spec.capAdd),
  CapDrop: capabilities(spec.capDrop),
  NetworkMode: mode,
  PortBindings: portBindings(spec.ports),
  Mounts: spec.mounts?.map(mountBody),
  RestartPolicy: restartPolicyBody(spec.restartPolicy ?? { name: 'no' }),
  LogConfig: part(spec.logConfig, { type: 'Type', config: 'Config' })
})

/** What the `docker` command never leaves out, and the engine then keeps as it came. */
const DEFAULTS: EngineObject = {
  Dns: [],
  DnsOptions: [],
  DnsSearch: [],
  Devices: [],
  Ulimits: [],
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: [],
  BlkioDeviceWriteBps: [],
  BlkioDeviceReadIOps: [],
  BlkioDeviceWriteIOps: []
}

type FieldNames = Partial<Record<keyof ContainerSpec | 'autoRemove', string>>

/** What of a spec goes into the engine's `Config` as it is. */
export const CONFIG: FieldNames = {
  image: 'Image',
  command: 'Cmd',
  entrypoint: 'Entrypoint',
  hostname: 'Hostname',
  domainname: 'Domainname',
  user: 'User',
  workingDir: 'WorkingDir',
  tty: 'Tty',
  openStdin: 'OpenStdin',
  stdinOnce: 'StdinOnce',
  attachStdin: 'AttachStdin',
  attachStdout: 'AttachStdout',
  attachStderr: 'AttachStderr',
  networkDisabled: 'NetworkDisabled',
  stopSignal: 'StopSignal',
  stopTimeoutSeconds: 'StopTimeout',
  shell: 'Shell',
  onBuild: 'OnBuild',
  argsEscaped: 'ArgsEscaped'
}

/** What of a spec goes into the engine's `HostConfig` as it is. */
export const HOST_CONFIG: FieldNames = {
  autoRemove: 'AutoRemove',
  annotations: 'Annotations',
  binds: 'Binds',
  tmpfs: 'Tmpfs',
  volumesFrom: 'VolumesFrom',
  volumeDriver: 'VolumeDriver',
  storageOpt: 'StorageOpt',
  readonlyRootfs: 'ReadonlyRootfs',
  publishAllPorts: 'PublishAllPorts',
  links: 'Links',
  dns: 'Dns',
  dnsOptions: 'DnsOptions',
  dnsSearch: 'DnsSearch',
  extraHosts: 'ExtraHosts',
  groupAdd: 'GroupAdd',
  init: 'Init',
  consoleSize: 'ConsoleSize',
  privileged: 'Privileged',
  securityOpt: 'SecurityOpt',
  maskedPaths: 'MaskedPaths',
  readonlyPaths: 'ReadonlyPaths',
  cgroup: 'Cgroup',
  cgroupnsMode: 'CgroupnsMode',
  ipcMode: 'IpcMode',
  pidMode: 'PidMode',
  utsMode: 'UTSMode',
  usernsMode: 'UsernsMode',
  isolation: 'Isolation',
  runtime: 'Runtime',
  sysctls: 'Sysctls'
}
