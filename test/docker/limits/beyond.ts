import { normalize } from 'node:path'
import { ask } from '../../../scripts/lib/api.mjs'
import { image, type TestEngine } from '../../support/engines.js'
import type { Inspect } from './bed.js'

export const MiB = 1024 * 1024
export const LIMITS = {
  capabilities: ['NET_ADMIN'],
  memoryBytes: { max: 64 * MiB, default: 32 * MiB },
  cpus: { max: 1, default: 0.5 },
  pids: { max: 100, default: 50 }
}
const GIVEN_CAPABILITIES = new Set(['CAP_CHOWN', 'CAP_NET_ADMIN'])
/** On other engines these are what nobody has asked for. */
const LOGS = ['json-file', 'none', 'local']

export interface Roots { readonly root: string, readonly readOnlyRoot: string }
type Says = Array<[what: string, isBeyond: boolean]>

const isInside = (path: string, of: string): boolean => path === of || path.startsWith(`${of}/`)
const bare = (path: string): string => normalize(path).replace(/(?<=.)\/$/, '')

/** Looks at what an engine says it has made; limits said once more, in a test's own words. */
export class Judge {
  private constructor (private readonly engine: TestEngine, private readonly roots: Roots, private readonly plain: Inspect) {}

  /** @param name of a container that it makes for a moment, to see what this engine gives to who asks for nothing */
  static async of (engine: TestEngine, roots: Roots, name: string): Promise<Judge> {
    const { Id } = await ask(engine, 'POST', `/containers/create?name=${name}`, { json: { Image: image, HostConfig: {} } })
    try { return new Judge(engine, roots, await ask(engine, 'GET', `/containers/${Id}/json`)) } finally { await ask(engine, 'DELETE', `/containers/${Id}?force=true&v=true`) }
  }

  /** What is beyond the limits. */
  async beyond (made: Inspect, spec: Readonly<Record<string, unknown>>): Promise<string[]> {
    const says = [...this.#powers(made), ...this.#modes(made, spec), ...amounts(made)]
    return [...says.filter(([, is]) => is).map(([what]) => what), ...(await Promise.all(made.Mounts.map(async mount => await this.#mount(mount)))).flat()]
  }

  #powers ({ Config, HostConfig: host }: Inspect): Says {
    const plain = this.plain.HostConfig
    const log = host.LogConfig as { readonly Type: string, readonly Config: object | null }
    const isFewer = (field: string) => texts(host, field).length < texts(plain, field).length
    return [
      ['privileged', host.Privileged === true],
      ['capabilities', texts(host, 'CapAdd').some(capability => !GIVEN_CAPABILITIES.has(capability))],
      ['security options', texts(host, 'SecurityOpt').some(option => !/^no-new-privileges(?:[:=]true)?$/.test(option) && !texts(plain, 'SecurityOpt').includes(option))],
      ['masks', isFewer('MaskedPaths') || isFewer('ReadonlyPaths')],
      ...['Devices', 'DeviceRequests', 'DeviceCgroupRules'].map((field): [string, boolean] => [field, texts(host, field).length > 0]),
      ['sysctls', Object.keys(host.Sysctls ?? {}).length > 0],
      ['annotations', Object.keys(host.Annotations ?? {}).some(name => !Object.hasOwn(plain.Annotations ?? {}, name) && !OWN_ANNOTATIONS.test(name))],
      ['storage options', Object.keys(host.StorageOpt ?? {}).length > 0],
      ['runtime', host.Runtime !== 'runc' && host.Runtime !== plain.Runtime],
      ['control group', (host.CgroupParent ?? '') !== (plain.CgroupParent ?? '')],
      ['log', ![...LOGS, (plain.LogConfig as typeof log).Type].includes(log.Type) || 'syslog-address' in (log.Config ?? {})],
      ['oom score', number(host, 'OomScoreAdj') < 0],
      ['ulimits', (texts(host, 'Ulimits') as unknown as Array<{ Name: string }>).some(({ Name }) => /rtprio/i.test(Name))],
      ['working directory', /^\/+proc(?:\/|$)|\.\./.test(String(Config.WorkingDir))]
    ]
  }

  #modes ({ HostConfig: host, NetworkSettings }: Inspect, spec: Readonly<Record<string, unknown>>): Says {
    return [
      ...['NetworkMode', 'PidMode', 'IpcMode', 'UTSMode', 'UsernsMode', 'Cgroup'].map((field): [string, boolean] => [field, host[field] === 'host' && this.plain.HostConfig[field] !== 'host']),
      ['the host\'s network', 'host' in (NetworkSettings.Networks ?? {})],
      ['network options', Object.values(NetworkSettings.Networks ?? {}).some(endpoint => Object.keys((endpoint as { DriverOpts?: object | null }).DriverOpts ?? {}).length > 0)],
      ['control groups', 'cgroupnsMode' in spec && host.CgroupnsMode === 'host' && this.plain.HostConfig.CgroupnsMode !== 'host']
    ]
  }

  async #mount ({ Type, Name, Source, RW }: Inspect['Mounts'][number]): Promise<string[]> {
    if (Type === 'bind') return this.#isGiven(Source, !RW) ? [] : [`a bind of ${Source}`]
    if (Type === 'tmpfs' || Type === 'image') return []
    if (Type !== 'volume') return [Type]
    const { Driver, Options } = await ask(this.engine, 'GET', `/volumes/${Name}`) as { Driver: string, Options: Record<string, string> | null }
    if (Driver !== 'local') return [Driver]
    const { type, o = '', device = '' } = Options ?? {}
    if (/bind/.test(o)) return this.#isGiven(device, o.split(',').includes('ro')) ? [] : [`a volume of ${device}`]
    return Object.keys(Options ?? {}).length === 0 || type === 'tmpfs' ? [] : [`a volume ${JSON.stringify(Options)}`]
  }

  /** What may be written in is mounted as a whole. */
  #isGiven (path: string, readOnly: boolean): boolean {
    return bare(path) === this.roots.root || (isInside(bare(path), this.roots.readOnlyRoot) && readOnly)
  }
}

/** What Podman keeps of a create, by names of its own. */
const OWN_ANNOTATIONS = /^io\.(?:podman\.annotations\.(?:autoremove|init|pids-limit|volumes-from)|container\.manager)$|^org\.(?:opencontainers\.image|systemd)\./

const texts = (host: Inspect['HostConfig'], field: string): string[] => (host[field] as string[] | null | undefined) ?? []
const number = (host: Inspect['HostConfig'], field: string): number => (host[field] as number | null | undefined) ?? 0

function amounts ({ HostConfig: host }: Inspect): Says {
  const [memory, pids, cpus] = [number(host, 'Memory'), number(host, 'PidsLimit'), number(host, 'NanoCpus')]
  const [quota, period] = [number(host, 'CpuQuota'), number(host, 'CpuPeriod')]
  return [
    ['memory', memory <= 0 || memory > LIMITS.memoryBytes.max],
    ['processes', pids <= 0 || pids > LIMITS.pids.max],
    ['cpu', cpus > 0 ? cpus > LIMITS.cpus.max * 1e9 : quota <= 0 || quota > (period === 0 ? 100_000 : period) * LIMITS.cpus.max]
  ]
}
