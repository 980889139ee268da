import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { speaks } from '../support/differences.js'
import { image, privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const engine = await privateEngine(t)
const { admin, spies } = await startGateway(t, { engines: [engine, engine] })

const made = async (path: string, body: object) => {
  const answer = await admin.post(path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`)
  return answer.body
}
const network = async (name: string, subnet: string, more: object = {}) => await made('/hosts/local/networks', { name, internal: true, ipam: { pools: [{ subnet }] }, ...more })
const sleeper = async (name: string, more: object = {}) => await made('/hosts/local/containers/run', { image, name, command: ['sleep', '600'], ...more })
const names = ({ body }: { body: { items: Array<{ name: string }> } }) => body.items.map(({ name }) => name)

t.teardown(async () => { for (const name of ['web', 'db', 'writer']) await call(engine, 'DELETE', `/containers/${name}?force=true`) })

const { id } = await network('front', '10.88.1.0/24', { labels: { tier: 'front' } })
await made('/hosts/local/volumes', { name: 'shelf', labels: { tier: 'back' } })
await sleeper('web', { networks: { front: { ipv4Address: '10.88.1.9' } }, mounts: [{ type: 'volume', source: 'shelf', target: '/shelf' }] })
await sleeper('db', { networkMode: 'none' })

t.test('lists at two addresses: one host, and across hosts, where one that is down costs its own rows', async t => {
  for (const [kind, own] of [['networks', 'front'], ['volumes', 'shelf']] as const) {
    const one = await admin.get(`/hosts/local/${kind}`)
    t.match(one.body, { errors: [] })
    t.ok(names(one).includes(own))
    t.same((await admin.get(`/${kind}?host=local`)).body, one.body)
    t.equal(names(await admin.get(`/${kind}`)).filter(name => name === own).length, 2, 'both hosts, which are one engine here')
    await spies.other.down()
    const { status, body } = await admin.get(`/${kind}`)
    t.equal(status, 200)
    t.same(body.items, one.body.items)
    t.match(body.errors, [{ host: 'other', code: 'host-unreachable' }])
    t.equal((await admin.get(`/hosts/other/${kind}`)).status, 503, 'named in the path it fails the call')
    await spies.other.up()
  }
})

t.test('the filters are the engine\'s', async t => {
  const found = async (kind: string, query: string) => names(await admin.get(`/hosts/local/${kind}?${query}`))
  t.same(await found('networks', 'label=tier=front'), ['front'])
  t.same(await found('networks', 'label=tier=front&name=nothing'), [])
  t.same(await found('networks', 'type=custom'), ['front'])
  t.same(await found('networks', 'type=builtin'), ['bridge', 'host', 'none'])
  t.same(await found('networks', 'driver=host&driver=null'), ['host', 'none'])
  t.same(await found('networks', `id=${id.slice(0, 12)}`), ['front'])
  t.same(await found('networks', 'scope=swarm'), [])
  t.equal((await admin.get('/hosts/local/networks?dangling=true')).status, 200)
  t.same(await found('volumes', 'label=tier=back&name=she&driver=local'), ['shelf'])
  t.same(await found('volumes', 'dangling=true'), [])
  t.same(await found('volumes', 'dangling=false'), ['shelf'])
  t.match(await admin.get('/hosts/local/networks?colour=red'), { status: 400, body: { code: 'invalid-input', errors: [{ path: '/colour' }] } })
})

t.test('what is in use stays: 409, in the engine\'s words', async t => {
  t.match(await admin.delete('/hosts/local/networks/front'), { status: 409, body: { code: 'conflict', detail: /front .*has active endpoints/ } })
  t.match(await admin.delete('/hosts/local/networks/bridge'), { status: 409, body: { code: 'conflict', detail: /pre-defined network/ } })
  t.match(await admin.delete('/hosts/local/volumes/shelf'), { status: 409, body: { code: 'conflict', detail: /volume is in use/ } })
  t.match(await admin.delete('/hosts/local/volumes/shelf?force=true'), { status: 409, body: { detail: /volume is in use/ } })
  t.match(await admin.post('/hosts/local/volumes', { name: 'shelf', driver: 'local', labels: { other: 'label' } }), { status: 201, body: { labels: { tier: 'back' } } })
})

t.test('a running container is connected, found by its alias, and taken off again', async t => {
  const reach = async () => (await admin.post('/hosts/local/containers/web/exec', { command: ['ping', '-c', '1', '-W', '2', 'store'] })).body.exitCode
  t.not(await reach(), 0)
  t.equal((await admin.post('/hosts/local/networks/front/disconnect', { container: 'db' })).status, 409, 'not on it')
  await admin.post('/hosts/local/networks/none/disconnect', { container: 'db' })
  const connect = { container: 'db', aliases: ['store'], ipv4Address: '10.88.1.77' }
  t.equal((await admin.post('/hosts/local/networks/front/connect', connect)).status, 204)
  t.equal(await reach(), 0)
  const { body } = await admin.get('/hosts/local/networks/front')
  t.match(body.endpoints.find(({ name }: { name: string }) => name === 'db'), { containerId: /^[0-9a-f]{64}$/, ipv4Address: '10.88.1.77/24' })
  t.match(await admin.post('/hosts/local/networks/front/connect', connect), { status: 409, body: { detail: /already exists in network front/ } })
  t.equal((await admin.post('/hosts/local/networks/front/disconnect', { container: 'db' })).status, 204)
  t.not(await reach(), 0)
  t.match(await admin.post('/hosts/local/networks/front/disconnect', { container: 'db' }), { status: 409, body: { detail: /not connected/ } })
})

/** Newer engines tell volumes with a name from those without. */
const NAMED_VOLUMES: [string, object, number, object] = ['/hosts/local/volumes/prune', {}, 400, { errors: [{ path: '/all', message: /must be true here/ }] }]
/** Newer engines take it. */
const MAC_ADDRESS: [string, object, number, object] = ['/hosts/local/networks/front/connect', { container: 'web', macAddress: '02:42:00:00:00:01' }, 400, { errors: [{ path: '/macAddress', message: /API 1.44/ }] }]

t.test('what can\'t be done is refused before the engine is asked to', async t => {
  const bad: Array<[string, object, number, object]> = [
    ...(speaks('1.44') ? [] : [MAC_ADDRESS]),
    ['/hosts/local/networks/front/connect', { container: 'nobody' }, 404, { detail: 'no such container: nobody' }],
    ['/hosts/local/networks/front/disconnect', { container: 'nobody' }, 404, { detail: 'no such container: nobody' }],
    ...(speaks('1.42') ? [] : [NAMED_VOLUMES]),
    ['/hosts/local/networks', { name: '../x' }, 400, { errors: [{ path: '/name' }] }]
  ]
  spies.local.reset()
  for (const [path, body, status, words] of bad) t.match(await admin.post(path, body), { status, body: words }, path)
  t.same(spies.local.requests.filter(({ method }) => method !== 'GET'), [])
})

t.test('with force what is left of a container that is gone is looked for, too', async t => {
  t.equal((await admin.post('/hosts/local/networks/front/disconnect', { container: 'nobody', force: true })).status, 404)
  t.ok(spies.local.requests.some(({ url }) => url.endsWith('/disconnect')))
})

t.test('a container joins networks and volumes by its spec, and what one writes another reads', async t => {
  const mounts = [{ type: 'volume', source: 'shelf', target: '/shelf' }]
  await made('/hosts/local/containers/run', { image, name: 'writer', command: ['sh', '-c', 'echo hello > /shelf/note'], mounts, wait: true })
  const read = await made('/hosts/local/containers/run', { image, command: ['cat', '/mine/note'], binds: ['shelf:/mine:ro'], wait: true, remove: true })
  t.equal(read.stdout, 'hello\n')
  t.match((await admin.get('/hosts/local/containers/web')).body, { networks: [{ name: 'front', networkId: id, ipv4Address: '10.88.1.9' }], mounts: [{ name: 'shelf', target: '/shelf' }] })
  t.same(names(await admin.get('/hosts/local/containers?network=front')), ['web'])
  t.same(names(await admin.get('/hosts/local/containers?all=true&volume=shelf')).toSorted(), ['web', 'writer'])
})

t.test('prunes take what their filters say and nothing else', async t => {
  await network('spare', '10.88.2.0/24', { labels: { keep: 'no' } })
  await network('kept', '10.88.3.0/24', { labels: { keep: 'yes' } })
  await made('/hosts/local/volumes', { name: 'spare', labels: { keep: 'no' } })
  await made('/hosts/local/volumes', { name: 'kept', labels: { keep: 'yes' } })
  const prune = async (kind: string, body: object) => (await admin.post(`/hosts/local/${kind}/prune`, body)).body
  t.same(await prune('networks', { until: '1h' }), { removed: [], reclaimedBytes: 0 })
  t.same(await prune('networks', { label: ['keep'], labelNot: ['keep=yes'] }), { removed: ['spare'], reclaimedBytes: 0 })
  t.match(await prune('volumes', { all: true, label: ['keep'], labelNot: ['keep=yes'] }), { removed: ['spare'] })
  t.same(await prune('networks', { labelNot: ['keep', 'keep=yes'] }), { removed: [], reclaimedBytes: 0 }, 'it has all of them')
  t.same(await prune('networks', { labelNot: ['keep=yes', 'other'] }), { removed: ['kept'], reclaimedBytes: 0 }, 'it has one of them')
  t.same((await prune('volumes', { all: true })).removed, ['kept'])
})
