import type Docker from 'dockerode'
import type { ContainerSpec } from '../containers/container-spec.js'
import type { Host } from '../../engine/host.js'
import { unlessAbsent } from '../../engine/host/refusals.js'
import { bareName } from '../containers/container-name.js'
import { containerPattern } from '../../model/names.js'
import type { FindViolations } from './rows.js'
import { refuseNamespace } from './rules/namespaces.js'

/** Namespaces that another container's may take the place of: the input, the engine's field, and what it is of the host's. */
const JOINABLE = [['networkMode', 'NetworkMode', 'network'], ['pidMode', 'PidMode', 'pid'], ['ipcMode', 'IpcMode', 'ipc']] as const
/** Containers that share with others that share with others: further than that nobody looks. */
const HOPS = 8

const CONTAINER = new RegExp(containerPattern)

interface Joined {
  readonly violations: FindViolations
  /** The modes by full ids: engines look for a name when the container is started, and it may be another's by then. */
  readonly pins: Readonly<Record<string, string>>
}

/** Who joins a container that shares a namespace of the host's shares it as well, with capabilities that an exec there would not have. */
export async function joined (host: Host, spec: Partial<ContainerSpec>): Promise<Joined> {
  const checks = await networksOfHost(host, spec)
  const pins: Record<string, string> = {}
  for (const [field, name, namespace] of JOINABLE) {
    const other = await joinedBy(host, spec[field])
    if (other === undefined) continue
    pins[field] = `container:${other.Id}`
    if (!await sharesHost(host, other, name)) continue
    checks.push(sharing(namespace, [field]))
  }
  return { violations: limits => checks.flatMap(check => check(limits)), pins }
}

const sharing = (namespace: Parameters<typeof refuseNamespace>[0], at: readonly string[]): FindViolations => limits => {
  const message = refuseNamespace(namespace)('host', limits)
  return message === undefined ? [] : [{ limit: 'namespaces', at, message }]
}

/** What an id, or the beginning of one, looks like. */
const ID = /^[0-9a-f]{1,64}$/

/** The host's network has an id like any other, by which a mode may call it. */
async function networksOfHost (host: Host, { networkMode, networks = {} }: Partial<ContainerSpec>): Promise<FindViolations[]> {
  const called = [...networkMode === undefined ? [] : [[networkMode, ['networkMode']] as const], ...Object.keys(networks).map(name => [name, ['networks', name]] as const)].filter(([name]) => ID.test(name))
  if (called.length === 0) return []
  const id = await host.hostNetworkId()
  return called.filter(([name]) => id.startsWith(name)).map(([, at]) => sharing('network', at))
}

async function sharesHost (host: Host, container: Docker.ContainerInspectInfo, field: 'NetworkMode' | 'PidMode' | 'IpcMode'): Promise<boolean> {
  let last: Docker.ContainerInspectInfo | undefined = container
  for (let hop = 0; hop < HOPS && last !== undefined; hop++) {
    const mode: string | undefined = last.HostConfig[field]
    if (mode === 'host') return true
    last = await joinedBy(host, mode)
  }
  return last !== undefined
}

/** The container that a mode names. */
async function joinedBy (host: Host, mode = ''): Promise<Docker.ContainerInspectInfo | undefined> {
  const [, name] = /^container:(.+)$/.exec(mode) ?? []
  return name === undefined ? undefined : await containerNamed(host, name)
}

/** undefined: it is not there, or could be no container's name. */
export const containerNamed = async (host: Host, name: string): Promise<Docker.ContainerInspectInfo | undefined> =>
  CONTAINER.test(name) ? await unlessAbsent(host.containers.inspect(bareName(name))) : undefined
