import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { GRANT_LABEL } from '../../src/model/resource.js'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const MiB = 1024 * 1024
const [engine] = engines
const gateway = await startGateway(t)
const { admin, ann, spies, services: { grants, roles, users, journal } } = gateway
await users.create({ username: 'bob', password: 'correct horse battery bob' })
const bob = await gateway.nobody.signIn('bob', 'correct horse battery bob')
await admin.post('/groups', { name: 'quota', members: ['ann', 'bob'] })
await roles.create('quota', { operations: ['container.*', 'image.*'], limits: { memoryBytes: { default: 16 * MiB } } })

const name = (of: number | string) => `quota-${of}-${process.pid}`
const create = async (of: number | string, spec: object = {}, { as = ann, how = '' } = {}) => (await as.post(`/hosts/local/containers${how}`, { image, name: name(of), command: ['true'], ...spec })).body
const there = async (grant: string): Promise<string[]> => (await ask(engine, 'GET', `/containers/json?${new URLSearchParams({ all: 'true', filters: JSON.stringify({ label: [`${GRANT_LABEL}=${grant}`] }) })}`)).map(({ Id }: { Id: string }) => Id)
let id = ''
async function grantWith (quota: object | undefined, more: { user?: string, hosts?: string[], role?: string } = {}): Promise<string> {
  for (const grant of (await grants.list({ limit: 100 })).items) {
    for (const container of await there(grant.id)) await call(engine, 'DELETE', `/containers/${container}?force=true`)
    await grants.remove(grant.id)
  }
  const holder = more.user === undefined ? { group: 'quota' } : { user: more.user }
  const { body } = await admin.post('/grants', { ...holder, role: more.role ?? 'quota', hosts: more.hosts ?? ['local'], ...quota === undefined ? {} : { quota } })
  id = body.id
  return body.id
}
t.teardown(async () => { await grantWith(undefined) })

async function lastRule (): Promise<string | undefined> {
  await journal.flush()
  return (await journal.list({ limit: 20 })).items.find(({ actor }) => actor?.username === 'ann')?.decision?.rule
}

t.test('so many containers, whoever of a group makes them, and whether they run or not', async t => {
  await grantWith({ containers: 2 })
  t.match(await create(1), { name: name(1) })
  t.match(await create(2, {}, { as: bob, how: '/run' }), { name: name(2) })
  spies.local.reset()
  for (const how of ['', '/run']) {
    t.match(await create(3, {}, { how }), { status: 403, code: 'forbidden', errors: [{ path: '', message: /2 are there, and it allows 2/ }] })
    t.equal(await lastRule(), 'quota:containers')
  }
  t.same(spies.local.requests.filter(({ method }) => method !== 'GET'), [], 'the engine heard nothing but looks')
  t.match((await ann.post('/hosts/local/containers/check', { image })).body, { allowed: false, refusals: [{ rule: 'quota:containers' }] })
  t.equal((await admin.post('/hosts/local/containers', { image, name: name('admin') })).status, 201, 'an admin\'s counts for nobody')
  await call(engine, 'DELETE', `/containers/${name('admin')}`)
  await ann.delete(`/hosts/local/containers/${name(1)}`)
  t.match((await ann.post('/hosts/local/containers/check', { image })).body, { allowed: true, refusals: [] })
  t.match(await create(3), { name: name(3) })
  t.match((await ann.get('/auth/me')).body.access, [{ quota: { containers: 2 } }])
})

t.test('of many at once no more get through than there is room for', async t => {
  await grantWith({ containers: 3 })
  const answers = await Promise.all(Array.from({ length: 12 }, async (_, at) => await create(at, {}, { as: at % 2 === 0 ? ann : bob })))
  t.equal(answers.filter(({ status }) => status === undefined).length, 3)
  t.equal(answers.filter(({ status }) => status === 403).length, 9)
  t.equal((await there(id)).length, 3)
})

t.test('memory and CPU together, by creates and updates', async t => {
  await grantWith({ memoryBytes: 64 * MiB, cpus: 1 })
  t.match(await create(1), { status: 403, errors: [{ path: '/cpus', message: /say how much/ }] })
  t.match(await create(1, { cpus: 0.4 }), { name: name(1) }, 'the memory is the role\'s')
  t.match(await create(2, { memoryBytes: 40 * MiB, cpuQuota: 60_000 }), { name: name(2) })
  t.match(await create(3, { memoryBytes: 8 * MiB, cpus: 0.01 }), { status: 403, errors: [{ path: '/cpus', message: /of which 1 are used/ }] })
  t.equal(await lastRule(), 'quota:cpus')
  const update = async (changes: object, as = ann) => (await as.patch(`/hosts/local/containers/${name(1)}`, changes)).body
  t.match(await update({ memoryBytes: 25 * MiB, memorySwapBytes: 25 * MiB }), { status: 403, errors: [{ path: '/memoryBytes' }] })
  t.match(await update({ memoryBytes: 24 * MiB, memorySwapBytes: 48 * MiB }), { warnings: [] })
  t.match(await update({ cpus: 0.5 }), { status: 403, errors: [{ path: '/cpus' }] })
  await admin.patch(`/grants/${id}`, { quota: { memoryBytes: 32 * MiB } })
  t.match(await update({ memoryBytes: 20 * MiB }), { warnings: [] }, 'to have less is no more')
  t.match(await update({ memoryBytes: 30 * MiB, memorySwapBytes: 60 * MiB }, admin), { warnings: [] }, 'an admin is not held to it')
})

t.test('what has no end can\'t be counted', async t => {
  await roles.create('quota-endless', { operations: ['container.*', 'image.*'] })
  await grantWith(undefined, { role: 'quota-endless' })
  t.match(await create(1), { name: name(1) })
  await admin.patch(`/grants/${id}`, { quota: { memoryBytes: 64 * MiB } })
  t.match(await create(2, { memoryBytes: 8 * MiB }), { status: 403, errors: [{ path: '/memoryBytes', message: /1 containers of the grant \w+ have no limit/ }] })
  await ann.patch(`/hosts/local/containers/${name(1)}`, { memoryBytes: 8 * MiB, memorySwapBytes: 8 * MiB })
  t.match(await create(2, { memoryBytes: 8 * MiB }), { name: name(2) })
})

t.test('nobody writes the label, and no image brings it along', async t => {
  await grantWith({ containers: 1 })
  t.match(await create(1, { labels: { [GRANT_LABEL]: 'other' } }), { status: 400 })
  t.match(await create(1), { name: name(1) })
  const committed = `quota-committed-${process.pid}`
  t.teardown(async () => { await call(engine, 'DELETE', `/images/${committed}?force=true`) })
  await call(engine, 'POST', `/commit?${new URLSearchParams({ container: name(1), repo: committed })}`)
  t.equal((await admin.post('/hosts/local/containers', { image: committed, name: name('heir') })).status, 201)
  t.teardown(async () => { await call(engine, 'DELETE', `/containers/${name('heir')}`) })
  t.equal((await there(id)).length, 1)
})

t.test('where a host of the grant can\'t be asked, nothing is made', async t => {
  await grantWith({ containers: 5 }, { hosts: ['*'] })
  await spies.other.down()
  t.teardown(async () => { await spies.other.up() })
  t.match(await create(1), { status: 503, code: 'host-unreachable' })
  t.same(await there(id), [])
})

t.test('a quota that is none is refused, and nothing is saved', async t => {
  const before = (await grants.list({ limit: 100 })).items.length
  for (const [quota, path] of [[{ containers: 0 }, '/quota/containers'], [{ containers: -1 }, '/quota/containers'], [{ memoryBytes: 0 }, '/quota/memoryBytes'], [{ memoryBytes: 1.5e7 + 0.5 }, '/quota/memoryBytes'], [{ cpus: -1 }, '/quota/cpus'], [{ container: 1 }, '/quota/container']] as const) {
    t.match((await admin.post('/grants', { user: 'ann', role: 'quota', hosts: ['*'], quota })).body, { status: 400, code: 'invalid-input', errors: [{ path }] }, JSON.stringify(quota))
    t.match((await admin.patch(`/grants/${id}`, { quota })).body, { status: 400, errors: [{ path }] })
  }
  t.match((await admin.post('/grants', { user: 'ann', role: 'viewer', hosts: ['*'], quota: { containers: 1 } })).body, { status: 400, errors: [{ path: '/quota', message: /makes no containers/ }] })
  t.equal((await grants.list({ limit: 100 })).items.length, before)
  t.match((await admin.get(`/grants/${id}`)).body, { quota: { containers: 5 } })
  t.equal((await admin.patch(`/grants/${id}`, { quota: {} })).body.quota, undefined, 'an empty one takes it away')
})
