import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { ask, call } from '../../scripts/lib/api.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import { newId } from '../../src/lib/ids.js'
import { JobStore } from '../../src/jobs/store.js'
import { JobLog } from '../../src/jobs/log.js'
import { openDatabase } from '../../src/store/database.js'
import type { AnyOperation } from '../../src/operation/define.js'
import { ANN_PASSWORD, type Gateway } from './gateway.js'
import { REGISTRY } from './registry.js'

interface Engine { readonly url: string, readonly image: string }

/** What the examples of `image.pull` name. */
export const PULLED = `${REGISTRY}/caisson-test/pulled:latest`

/** What the example of `image.push` names. */
export const PUSHED = `${REGISTRY}/caisson-test/pushed:latest`

/** A root file system with next to nothing in it, for uploads. */
export const archive = (): Buffer => tar([{ path: 'etc' }, { path: 'etc/motd', data: 'hello\n' }])

/** A build context. */
export const context = (dockerfile: string, ...files: Parameters<typeof tar>[0]): Buffer => tar([{ path: 'Dockerfile', data: dockerfile }, ...files])

/** What `docker save` would write of an image with one layer. */
export function savedImage (reference: string, created?: string): Buffer {
  const layer = archive()
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`
  const config = { created, architecture: 'amd64', os: 'linux', config: { Labels: { made: 'by hand' } }, rootfs: { type: 'layers', diff_ids: [diffId] } }
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }]
  return tar([{ path: 'manifest.json', data: JSON.stringify(manifest) }, { path: 'config.json', data: JSON.stringify(config) }, { path: 'layer.tar', data: layer }])
}

/** What the example of an upload sends, where any tar would not do. */
export const UPLOADS: Readonly<Record<string, () => Buffer>> = {
  'image.build': () => context('FROM caisson-test/busybox:latest\nRUN echo hello\n'),
  'image.load': () => savedImage('caisson-test/loaded:latest')
}

/**
 * Puts the engine and the store into the state that the examples of the definitions speak of, whatever the last
 * example made of it. What stands as it should is left as it is: this runs before every example.
 */
export async function prepare (engine: Engine, gateway: Gateway): Promise<void> {
  const containers = async () => {
    await prepareNetworks(engine)
    await prepareContainers(engine)
    await prepareDeadline(engine, gateway)
  }
  await Promise.all([containers(), prepareVolumes(engine), prepareImages(engine), prepareUsers(gateway), prepareJob(gateway)])
  await prepareAccess(gateway)
}

interface ExampleContainer {
  readonly state: 'created' | 'running' | 'paused'
  readonly command: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly terminal?: boolean
}

/** Containers that examples speak of. */
const CONTAINERS: Readonly<Record<string, ExampleContainer>> = {
  'caisson-example': { state: 'running', command: ['sh', '-c', 'echo hello; exec sleep 600'], labels: { team: 'blue' } },
  'caisson-example-ended': { state: 'created', command: ['true'], labels: { 'caisson-example': 'prune' } },
  'caisson-example-paused': { state: 'paused', command: ['sleep', '600'] },
  'caisson-example-terminal': { state: 'running', command: ['sleep', '600'], terminal: true }
}
/** Containers that examples make. */
const MADE_CONTAINERS = ['caisson-example-created', 'caisson-example-renamed']
/** Images that examples make. */
const MADE_IMAGES = ['caisson-test/committed:latest', PULLED]
const DAY_MS = 86_400_000
const IMPORTED = 'caisson-test/imported:latest'

const STEPS = { created: [], running: ['start'], paused: ['start', 'pause'] } as const

interface Listed { readonly Names: readonly string[], readonly State: string, readonly NetworkSettings: { readonly Networks: object } }

/** What examples may change of a container: its state, and the networks it is on. */
const standing = (state: string, networks: readonly string[]) => `${state} on ${networks.join()}`

async function prepareContainers (engine: Engine): Promise<void> {
  const there = new Map((await ask(engine, 'GET', '/containers/json?all=true') as Listed[]).map(({ Names: [name = ''], State, NetworkSettings }) =>
    [name.slice(1), standing(State, Object.keys(NetworkSettings.Networks))]))
  const wrong = Object.entries(CONTAINERS).filter(([name, { state }]) => there.get(name) !== standing(state, ['bridge'])).map(([name]) => name)
  const inTheWay = [...wrong, ...MADE_CONTAINERS].filter(name => there.has(name))
  await Promise.all(inTheWay.map(async name => await call(engine, 'DELETE', `/containers/${name}?force=true&v=true`)))
  await Promise.all(wrong.map(async name => await putContainer(engine, name)))
}

/** One container that examples speak of has a time to live. */
async function prepareDeadline (engine: Engine, { services: { expirations: { store } } }: Gateway): Promise<void> {
  const { Id: id } = await ask(engine, 'GET', '/containers/caisson-example/json')
  if (await store.of({ host: 'local', id }) !== undefined) return
  const callId = newId()
  await store.insert(callId, 'local', Date.now() + DAY_MS)
  await store.setContainer(callId, id, Date.now() + DAY_MS)
}

async function putContainer (engine: Engine, name: string): Promise<void> {
  const { command, labels = {}, state, terminal = false } = CONTAINERS[name] as ExampleContainer
  await ask(engine, 'POST', `/containers/create?name=${name}`, { json: { Image: engine.image, Cmd: command, Labels: labels, Tty: terminal } })
  for (const step of STEPS[state]) await call(engine, 'POST', `/containers/${name}/${step}`)
}

/** Networks that examples speak of, each with a subnet, so that none has to be looked for. */
const NETWORKS: Readonly<Record<string, { readonly subnet: string, readonly labels?: Readonly<Record<string, string>> }>> = {
  'caisson-example': { subnet: '10.213.5.0/24' },
  'caisson-example-unused': { subnet: '10.213.6.0/24', labels: { 'caisson-example': 'prune' } }
}
/** Volumes that examples speak of. */
const VOLUMES: Readonly<Record<string, Readonly<Record<string, string>>>> = { 'caisson-example': {}, 'caisson-example-unused': { 'caisson-example': 'prune' } }
/** A network and a volume that examples make. */
const MADE = 'caisson-example-made'

async function prepareNetworks (engine: Engine): Promise<void> {
  const there = new Set((await ask(engine, 'GET', '/networks') as Array<{ Name: string }>).map(({ Name }) => Name))
  if (there.has(MADE)) await call(engine, 'DELETE', `/networks/${MADE}`)
  for (const [Name, { subnet: Subnet, labels: Labels = {} }] of Object.entries(NETWORKS)) {
    // A bridge that nothing leaves is made faster: it needs fewer rules of the firewall.
    if (!there.has(Name)) await ask(engine, 'POST', '/networks/create', { json: { Name, Labels, Internal: true, IPAM: { Config: [{ Subnet }] } } })
  }
}

async function prepareVolumes (engine: Engine): Promise<void> {
  const { Volumes } = await ask(engine, 'GET', '/volumes') as { Volumes: Array<{ Name: string }> | null }
  const there = new Set((Volumes ?? []).map(({ Name }) => Name))
  if (there.has(MADE)) await call(engine, 'DELETE', `/volumes/${MADE}`)
  for (const [Name, Labels] of Object.entries(VOLUMES)) if (!there.has(Name)) await ask(engine, 'POST', '/volumes/create', { json: { Name, Labels } })
}

async function prepareImages (engine: Engine): Promise<void> {
  const there = new Set((await ask(engine, 'GET', '/images/json')).flatMap(({ RepoTags }: { RepoTags: string[] | null }) => RepoTags ?? []))
  if (!there.has(PUSHED)) await call(engine, 'POST', `/images/${engine.image}/tag?${new URLSearchParams({ repo: PUSHED.replace(/:latest$/, '') })}`)
  for (const image of MADE_IMAGES) if (there.has(image)) await call(engine, 'DELETE', `/images/${image}`)
  if (!there.has(IMPORTED)) await call(engine, 'POST', '/images/create?fromSrc=-&repo=caisson-test/imported&tag=latest', { body: archive(), type: 'application/x-tar' })
}

export async function prepareUsers ({ services: { users } }: Gateway): Promise<void> {
  const bob = await users.byUsername('bob')
  if (bob !== undefined) await users.remove(bob.id)
  if (await users.byUsername('ann') === undefined) await users.create({ username: 'ann', password: ANN_PASSWORD })
}

/** A group, a role, a grant and a token that examples speak of. */
async function prepareAccess ({ services: { groups, roles, users }, dataDir }: Gateway): Promise<void> {
  for (const name of ['blue', 'red']) await groups.byName(name).then(async group => { if (group !== undefined) await groups.remove(group.id) })
  await groups.create({ name: 'red' })
  const db = openDatabase({ url: 'sqlite:', dataDir })
  const admin = (await users.byUsername('admin'))?.id ?? ''
  const now = new Date().toISOString()
  await db.deleteFrom('grants').execute()
  await db.deleteFrom('api_tokens').execute()
  for (const role of ['restarter', 'starter']) if (await roles.get(role) !== undefined) await roles.remove(role)
  await roles.create('starter', { operations: ['container.start'] })
  await db.insertInto('grants').values({ id: '01K000000000000000000GRANT', user_id: admin, group_id: null, role: 'auditor', hosts: '["elsewhere"]', match: null, created_at: now }).execute()
  await db.insertInto('api_tokens').values({ id: '01K0000000000000000000T0KN', user_id: admin, name: 'example', hash: '', narrowing: '{}', created_at: now, expires_at: new Date(Date.now() + 3_600_000).toISOString() }).execute()
  await db.destroy()
}

/** A job that examples speak of, as one of the admin's that has ended left it. */
async function prepareJob ({ services: { jobs, users }, dataDir }: Gateway): Promise<void> {
  const id = '01K0000000000000000000J0BS'
  if (await jobs.find(id) !== undefined) return
  const createdAt = new Date().toISOString()
  const result = { reference: PULLED }
  const log = new JobLog()
  log.append({ type: 'progress', id: 'latest', status: 'Pulling' })
  log.append({ type: 'step', text: 'Pulled' })
  const db = openDatabase({ url: 'sqlite:', dataDir })
  const store = new JobStore(db)
  await store.insert({ id, operation: 'image.pull', host: 'local', state: 'running', createdAt }, (await users.byUsername('admin'))?.id ?? '')
  await store.finish({ id, operation: 'image.pull', host: 'local', state: 'succeeded', createdAt, endedAt: createdAt, result }, log)
  await db.destroy()
}

/** An operation's example, with what an engine gives a name of its own. An exec is made for each call: it can be started once. */
export async function exampleOf ({ name, example, target }: AnyOperation, { admin }: Gateway): Promise<Readonly<Record<string, unknown>>> {
  if (target !== 'exec') return example
  const { body: { execId } } = await admin.post('/hosts/local/containers/caisson-example/exec', { command: ['cat'], interactive: true, tty: true })
  if (name === 'exec.resize') await once(admin.socket(`/hosts/local/exec/${execId}/attach`), 'open')
  return { ...example, exec: execId }
}

/** Operations whose example can't succeed as it stands, and why. Whoever adds one says so here. */
export const EXAMPLE_FAILS: Readonly<Record<string, string>> = {
  'session.refresh': 'a refresh token is known to its owner alone'
}

/** Reads whose answer differs from call to call, and why. */
export const CHANGES_BY_READING: Readonly<Record<string, string>> = {
  'audit.list': 'each look at the journal is in the journal'
}

/** What differs from call to call, or from second to second, and says nothing of the surface. */
export const VOLATILE: readonly string[] = ['raw', 'status', 'createdAt', 'startedAt', 'finishedAt', 'pid', 'accessToken', 'refreshToken', 'time', 'cursor', 'seq', 'hash', 'previous', 'requestId', 'durationMs', 'id', 'name', 'displayName', 'deleted', 'removed', 'untagged', 'reclaimedBytes', 'execId', 'cpuPercent', 'memory', 'network', 'block', 'url', 'expiresAt', 'token']

/** The last entry is what `class` says: a read may not be remade, so that nothing but time differs. */
export const isVolatile = (operation: AnyOperation, key: string): boolean =>
  operation.class === 'read' ? VOLATILE.includes(key) && !['id', 'name', 'displayName'].includes(key) : VOLATILE.includes(key)
