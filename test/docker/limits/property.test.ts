import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { ask } from '../../../scripts/lib/api.mjs'
import { engine, image, limitsBed, makeVolume, removeVolume, type Inspect } from './bed.js'
import { fragment, type There } from './spellings.js'

const MiB = 1024 * 1024
const RUNS = 300
const CREATED = 201

const bed = await limitsBed(t, 'property')
const { ann, allow, inspect, clear, name } = bed
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'caisson-limits-property-')))
t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
const [root, readOnlyRoot] = ['ok', 'read'].map(of => join(folder, of)) as [string, string]
for (const of of [root, `${root}x`, readOnlyRoot]) mkdirSync(of)
const VOLUMES: Readonly<Record<string, object | undefined>> = {
  [name('plain')]: undefined,
  [name('whole')]: { type: 'none', o: 'bind', device: '/' },
  [name('inside')]: { type: 'none', o: 'bind', device: root },
  [name('disk')]: { type: 'ext4', device: '/dev/sda1' },
  [name('memory')]: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' }
}
const there: There = { root, readOnlyRoot, volumes: Object.keys(VOLUMES), donor: name('donor') }

await allow({
  bindRoots: [{ path: root }, { path: readOnlyRoot, readOnly: true }],
  capabilities: ['NET_ADMIN'],
  memoryBytes: { max: 64 * MiB, default: 32 * MiB },
  cpus: { max: 1, default: 0.5 },
  pids: { max: 100, default: 50 }
})
for (const [volume, options] of Object.entries(VOLUMES)) {
  await makeVolume(volume, options)
  t.teardown(async () => { await removeVolume(volume) })
}
await ask(engine, 'POST', `/containers/create?name=${there.donor}`, { json: { Image: image, HostConfig: { Binds: ['/etc:/etc-of-the-host'] } } })
t.teardown(async () => { await clear(there.donor) })

const GIVEN_CAPABILITIES = new Set(['CAP_CHOWN', 'CAP_NET_ADMIN'])
const isInside = (path: string, of: string): boolean => path === of || path === `${of}/` || path.startsWith(`${of}/`)

/** What is beyond the limits of what an engine says it made; said once more here, in a test's own words. */
async function beyond ({ Config, HostConfig: host, Mounts, NetworkSettings }: Inspect, spec: Readonly<Record<string, unknown>>): Promise<string[]> {
  const texts = (field: string): string[] => (host[field] as string[] | null) ?? []
  const log = host.LogConfig as { readonly Type: string, readonly Config: object | null }
  const number = (field: string): number => (host[field] as number | null) ?? 0
  const says: Array<[string, boolean]> = [
    ['privileged', host.Privileged === true],
    ['capabilities', texts('CapAdd').some(capability => !GIVEN_CAPABILITIES.has(capability))],
    ['security options', texts('SecurityOpt').some(option => !/^no-new-privileges(?:[:=]true)?$/.test(option))],
    ...['NetworkMode', 'PidMode', 'IpcMode', 'UTSMode', 'UsernsMode', 'Cgroup'].map((field): [string, boolean] => [field, host[field] === 'host']),
    ['the host\'s network', 'host' in NetworkSettings.Networks],
    ['control groups', 'cgroupnsMode' in spec && host.CgroupnsMode === 'host'],
    ['masks', texts('MaskedPaths').length < 5 || texts('ReadonlyPaths').length < 5],
    ...['Devices', 'DeviceRequests', 'DeviceCgroupRules'].map((field): [string, boolean] => [field, texts(field).length > 0]),
    ['sysctls', Object.keys(host.Sysctls ?? {}).length > 0],
    ['runtime', host.Runtime !== 'runc'],
    ['control group', (host.CgroupParent ?? '') !== ''],
    ['log', !['json-file', 'none', 'local'].includes(log.Type) || 'syslog-address' in (log.Config ?? {})],
    ['oom score', number('OomScoreAdj') < 0],
    ['ulimits', (texts('Ulimits') as unknown as Array<{ Name: string }>).some(({ Name }) => /rtprio/i.test(Name))],
    ['working directory', /^\/+proc(?:\/|$)|\.\./.test(String(Config.WorkingDir))],
    ['memory', number('Memory') <= 0 || number('Memory') > 64 * MiB],
    ['processes', number('PidsLimit') <= 0 || number('PidsLimit') > 100],
    ['cpu', number('NanoCpus') > 0 ? number('NanoCpus') > 1e9 : number('CpuQuota') <= 0 || number('CpuQuota') > 100_000]
  ]
  return [...says.filter(([, is]) => is).map(([what]) => what), ...(await Promise.all(Mounts.map(beyondMount))).flat()]
}

async function beyondMount ({ Type, Name, Source, RW }: Inspect['Mounts'][number]): Promise<string[]> {
  if (Type === 'bind') return isInside(Source, root) || (isInside(Source, readOnlyRoot) && !RW) ? [] : [`a bind of ${Source}`]
  if (Type !== 'volume') return Type === 'tmpfs' ? [] : [Type]
  const { Driver, Options } = await ask(engine, 'GET', `/volumes/${Name}`) as { Driver: string, Options: Record<string, string> | null }
  if (Driver !== 'local') return [Driver]
  const { type, o = '', device = '' } = Options ?? {}
  const isOfRoot = isInside(normalize(device), root) || (isInside(normalize(device), readOnlyRoot) && o.split(',').includes('ro'))
  if (Options === null || type === 'tmpfs') return /bind/.test(o) && !isOfRoot ? [`a volume of ${device}`] : []
  return /bind/.test(o) && isOfRoot ? [] : [`a volume ${JSON.stringify(Options)}`]
}

t.test('whatever is asked for: it is refused, or what stands there is within the limits', { timeout: 120_000 }, async t => {
  const statuses = new Map<number, number>()
  let count = 0
  await fc.assert(fc.asyncProperty(fc.array(fragment(there), { minLength: 1, maxLength: 3 }), async fragments => {
    const spec = Object.assign({}, ...fragments) as Readonly<Record<string, unknown>>
    const made = name(`made-${++count}`)
    const { status, body } = await ann.post('/hosts/local/containers', { image, name: made, command: ['true'], ...spec })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    try {
      const container = await inspect(made)
      if (status === CREATED && container === undefined) throw new Error('it was made, and is not there')
      if (status !== CREATED && container !== undefined) throw new Error(`it was refused (${body.detail}), and is there`)
      const more = container === undefined ? [] : await beyond(container, spec)
      if (more.length > 0) throw new Error(`beyond the limits: ${more.join(', ')}`)
      if (status >= 500 && !['engine-error'].includes(body.code)) throw new Error(JSON.stringify(body))
    } finally { await clear(made) }
  }), { numRuns: RUNS })
  t.comment(JSON.stringify([...statuses]))
  t.ok((statuses.get(CREATED) ?? 0) > RUNS / 20, `${statuses.get(CREATED)} were made`)
  t.ok((statuses.get(403) ?? 0) > RUNS / 4, `${statuses.get(403)} were refused`)
})
