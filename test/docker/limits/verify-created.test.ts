import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ask, call } from '../../../scripts/lib/api.mjs'
import { OWNER_LABEL } from '../../../src/model/resource.js'
import { engine, image, limitsBed, makeVolume, removeVolume } from './bed.js'
import { meddler, type Body } from './meddler.js'

const between = await meddler(t, engine)
const bed = await limitsBed(t, 'made', between)
const { ann, allow, inspect, clear, lastRule } = bed
const [NAME, VOLUME, NETWORK] = ['container', 'volume', 'network'].map(bed.name) as [string, string, string]
const MINE = { match: { labels: { limits: 'made' } } }
const create = async (spec: object, how = '') => (await ann.post(`/hosts/local/containers${how}`, { image, name: NAME, command: ['true'], ...spec })).body
t.beforeEach(() => { between.meddle = body => body })
t.afterEach(async () => { await clear(NAME); await removeVolume(VOLUME); await call(engine, 'DELETE', `/networks/${NETWORK}`) })

t.test('what an engine makes beyond the limits is removed, whatever it was asked for', async t => {
  await allow({ memoryBytes: { max: 64e6, default: 32e6 } })
  for (const [more, rule, path] of [
    [{ Privileged: true }, 'privileged', '/privileged'],
    [{ Binds: ['/etc:/x'] }, 'bindRoots', '/binds/0'],
    [{ Mounts: [{ Type: 'bind', Source: '/etc', Target: '/x' }] }, 'bindRoots', '/mounts/0/source'],
    [{ CapAdd: ['SYS_ADMIN'] }, 'capabilities', '/capAdd/0'],
    [{ PidMode: 'host' }, 'namespaces', '/pidMode'],
    [{ SecurityOpt: ['seccomp=unconfined'] }, 'securityOptions', '/securityOpt/0'],
    [{ Memory: 0 }, 'memoryBytes', '/memoryBytes']
  ] as const) {
    between.meddle = body => ({ ...body, HostConfig: { ...body.HostConfig, ...more } })
    for (const how of ['', '/run']) {
      t.match(await create({}, how), { status: 403, code: 'forbidden', errors: [{ path, message: /as the engine made it/ }] }, JSON.stringify(more))
      t.equal(await lastRule(), `limit:${rule}`)
      t.equal(await inspect(NAME), undefined, 'it does not stay')
    }
  }
  between.meddle = body => body
  t.match(await create({}), { name: NAME })
})

t.test('what an engine mounts is held against where others write as well', async t => {
  const { services: { roles, grants } } = bed.gateway
  // Engines make what they mount and do not find.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'caisson-limits-made-')))
  t.teardown(() => { rmSync(root, { recursive: true, force: true }) })
  await allow({ bindRoots: [{ path: root, readOnly: true }] })
  await roles.create('made-writer', { operations: ['container.*'], limits: { bindRoots: [{ path: `${root}/w` }] } })
  await grants.create({ user: 'admin', role: 'made-writer', hosts: ['*'] })
  for (const [source, status] of [['/w/out', 403], ['/x/../w/out', 403], ['/w', undefined], ['/x', undefined]] as const) {
    between.meddle = body => ({ ...body, HostConfig: { ...body.HostConfig, Binds: [`${root}${source}:/x:ro`] } })
    const body = await create({})
    t.equal(body.status, status, source)
    if (status === undefined) await clear(NAME)
    else t.match(body, { errors: [{ message: /as the engine made it: .*link there could lead anywhere/ }] })
  }
})

t.test('what an image brings along counts as well', async t => {
  await allow({})
  const made = `limits-workdir-${process.pid}`
  await ask(engine, 'POST', `/containers/create?name=${NAME}`, { json: { Image: image } })
  await call(engine, 'POST', `/commit?${new URLSearchParams({ container: NAME, repo: made, changes: 'WORKDIR /proc/self/fd/7' })}`)
  t.teardown(async () => { await call(engine, 'DELETE', `/images/${made}?force=true`) })
  await clear(NAME)
  t.match(await create({ image: made }), { status: 403, errors: [{ path: '/workingDir' }] })
  t.equal(await inspect(NAME), undefined)
  t.match(await create({ image: made, workingDir: '/' }), { name: NAME }, 'unless it is said otherwise')
})

t.test('a volume that came to be another while the container was made', async t => {
  await allow({}, MINE)
  const swapped = (labels: object, options?: object) => async (body: Body) => {
    await removeVolume(VOLUME)
    await makeVolume(VOLUME, options, labels)
    return body
  }
  for (const spec of [{ binds: [`${VOLUME}:/x`] }, { mounts: [{ type: 'volume', source: VOLUME, target: '/x' }] }]) {
    await makeVolume(VOLUME, undefined, MINE.match.labels)
    between.meddle = swapped({ [OWNER_LABEL]: 'someone' })
    t.match(await create(spec), { status: 403, detail: /another's/ })
    t.equal(await inspect(NAME), undefined)
    await removeVolume(VOLUME)
    await makeVolume(VOLUME, undefined, MINE.match.labels)
    between.meddle = swapped(MINE.match.labels, { type: 'none', o: 'bind', device: '/etc' })
    t.match(await create(spec), { status: 403, errors: [{ message: /\/etc/ }] })
    t.equal(await inspect(NAME), undefined)
    await removeVolume(VOLUME)
  }
})

t.test('a network is meant by its id, once it was looked at', async t => {
  await allow({}, MINE)
  const make = async (Labels: object) => (await ask(engine, 'POST', '/networks/create', { json: { Name: NETWORK, Internal: true, Labels } })).Id as string
  const id = await make(MINE.match.labels)
  for (const spec of [{ networkMode: NETWORK }, { networks: { [NETWORK]: { aliases: ['db'] } } }, { networkMode: NETWORK, networks: { [NETWORK]: {} } }]) {
    t.match(await create(spec), { name: NAME }, JSON.stringify(spec))
    t.match(await inspect(NAME), { HostConfig: { NetworkMode: id } })
    t.equal((await call(engine, 'POST', `/containers/${NAME}/start`)).status, 204, 'and it starts')
    t.match(await inspect(NAME), { NetworkSettings: { Networks: { [NETWORK]: { NetworkID: id } } } })
    await clear(NAME)
  }
  between.meddle = async body => {
    await call(engine, 'DELETE', `/networks/${NETWORK}`)
    await make({ [OWNER_LABEL]: 'someone' })
    return body
  }
  const { status } = await create({ networks: { [NETWORK]: {} } })
  const there = await inspect(NAME)
  t.ok(status !== undefined || there !== undefined)
  if (there !== undefined) {
    const start = await call(engine, 'POST', `/containers/${NAME}/start`)
    t.not(start.status, 204, 'it stands on no network that another has made')
  }
})

t.test('volumes that mounts make get the labels that the container gets', async t => {
  await allow({}, MINE)
  const { id } = await bed.gateway.services.users.byUsername('ann') ?? { id: '' }
  const mount = (labels: object) => ({ mounts: [{ type: 'volume', target: '/x', volumeOptions: { labels } }] })
  t.match(await create(mount({ [OWNER_LABEL]: 'someone' })), { status: 400, errors: [{ path: `/mounts/0/volumeOptions/labels/${OWNER_LABEL}` }] })
  t.match(await create(mount({ limits: 'others', own: 'yes' })), { name: NAME })
  const [volume] = (await inspect(NAME))?.Mounts ?? []
  t.match((await ask(engine, 'GET', `/volumes/${volume?.Name}`)).Labels, { [OWNER_LABEL]: id, limits: 'made', own: 'yes' })
  await clear(NAME)
  t.match(await create({ mounts: [{ type: 'volume', target: '/x' }] }), { name: NAME })
  t.match((await ask(engine, 'GET', `/volumes/${(await inspect(NAME))?.Mounts[0]?.Name}`)).Labels, { [OWNER_LABEL]: id, limits: 'made' })
})

t.test('what could be no name comes into no path of the engine\'s', async t => {
  await allow({}, MINE)
  for (const spec of [
    { binds: ['x/../../info:/x'] }, { mounts: [{ type: 'volume', source: '../info', target: '/x' }] }, { volumesFrom: ['../info'] }, { pidMode: 'container:../../info?' },
    { links: ['../x:y'] }, { mounts: [{ type: 'image', source: 'A/../x', target: '/x' }] }, { networkMode: '../x' }
  ]) t.ok([400, 403, 404].includes((await create(spec)).status), JSON.stringify(spec))
  t.same(bed.gateway.spies.local.requests.filter(({ url }) => url.includes('..')), [])
})

t.test('what is not there is told by its name', async t => {
  await allow({}, { operations: ['container.list', 'network.remove', 'volume.remove'], match: { names: ['none-*'] } })
  t.match((await ann.delete('/hosts/local/networks/absent')).body, { status: 404, detail: 'no such network: absent' })
  t.match((await ann.delete('/hosts/local/volumes/absent')).body, { status: 404, detail: 'no such volume: absent' })
  await allow({}, { operations: ['container.list', 'network.list', 'volume.list'] })
  t.match((await ann.delete('/hosts/local/networks/absent')).body, { status: 404, detail: 'no such network: absent' }, 'also where the caller may not do this to any')
  t.match((await ann.get('/hosts/local/volumes/absent')).body, { status: 404, detail: 'no such volume: absent' })
})

t.test('a check tells what is hidden from what is absent no more than a create does', async t => {
  await allow({}, MINE)
  await ask(engine, 'POST', `/containers/create?name=${NAME}`, { json: { Image: image, Labels: { [OWNER_LABEL]: 'someone' } } })
  const refusals = async (other: string) => (await ann.post('/hosts/local/containers/check', { image, volumesFrom: [other] })).body.refusals
  const absent = `${NAME}-absent`
  t.same(await refusals(NAME), [{ rule: 'absent', path: '', message: `no such container: ${NAME}` }])
  t.same(await refusals(absent), [{ rule: 'absent', path: '', message: `no such container: ${absent}` }])
})
