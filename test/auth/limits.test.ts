import t from 'tap'
import { startGateway } from '../support/gateway.js'

const { admin, services: { roles } } = await startGateway(t)
const OPERATIONS = ['container.*']

/** What is wrong, and where. */
const wrong: ReadonlyArray<readonly [limits: object, path: string, words: RegExp]> = [
  [{ privilegd: true }, '/limits/privilegd', /is not an input/],
  [{ bindRoots: [{ path: '/srv', readonly: true }] }, '/limits/bindRoots/0/readonly', /is not an input/],
  [{ bindRoots: [{ path: '/' }] }, '/limits/bindRoots/0/path', /"force": true/],
  [{ bindRoots: [{ path: '/srv' }, { path: '/srv/team', readOnly: true }] }, '/limits/bindRoots/1/path', /is below \/srv/],
  [{ bindRoots: [{ path: '/srv', readOnly: true }, { path: '/srv/team' }] }, '/limits/bindRoots/1/path', /may be written in and is below \/srv/],
  [{ bindRoots: [{ path: '/srv/team' }, { path: '/srv', readOnly: true }] }, '/limits/bindRoots/0/path', /may be written in and is below \/srv/],
  [{ bindRoots: [{ path: '/srv/team', readOnly: true }, { path: '/srv' }] }, '/limits/bindRoots/0/path', /is below \/srv, in which/],
  [{ bindRoots: [{ path: '/srv/team' }, { path: '/srv' }] }, '/limits/bindRoots/0/path', /is below \/srv, in which/],
  [{ bindRoots: [{ path: '/srv', readOnly: true }, { path: '/srv' }] }, '/limits/bindRoots/1/path', /stands there already/],
  [{ bindRoots: [{ path: '/srv' }, { path: 'srv/team' }] }, '/limits/bindRoots/1/path', /absolute/],
  [{ bindRoots: [{ path: '/srv/../etc' }] }, '/limits/bindRoots/0/path', /write \/etc/],
  [{ bindRoots: [{ path: '/srv//team/' }] }, '/limits/bindRoots/0/path', /write \/srv\/team/],
  [{ namespaces: ['net'] }, '/limits/namespaces/0', /one of/],
  [{ capabilities: ['NET_ADMINN'] }, '/limits/capabilities/0', /no such capability/],
  [{ devices: ['dev/fuse'] }, '/limits/devices/0', /absolute path/],
  [{ images: ['team/*/App'] }, '/limits/images/0', /no image reference could ever fit/],
  [{ subnets: ['10.5.0.0/16', '10.5.0.0'] }, '/limits/subnets/1', /no block of addresses/],
  [{ subnets: ['10.5.0.0/33'] }, '/limits/subnets/0', /no block/],
  [{ subnets: ['::ffff:10.5.0.0/112'] }, '/limits/subnets/0', /no block/],
  [{ registries: ['https://registry'] }, '/limits/registries/0', /no registry/],
  [{ ports: [{ from: 9000, to: 8000 }] }, '/limits/ports/0/to', /no range/],
  [{ ports: [{ from: 1, addresses: ['localhost'] }] }, '/limits/ports/0/addresses/0', /no IPv4 or IPv6/],
  [{ memoryBytes: { max: 0 } }, '/limits/memoryBytes/max', /./],
  [{ memoryBytes: { max: -1 } }, '/limits/memoryBytes/max', /./],
  [{ memoryBytes: { max: 1024 } }, '/limits/memoryBytes/max', /less than an engine gives/],
  [{ memoryBytes: { max: 8_000_000, default: 9_000_000 } }, '/limits/memoryBytes/default', /over max/],
  [{ pids: { max: 1.5 } }, '/limits/pids/max', /whole number/],
  [{ cpus: { max: 2, default: 3 } }, '/limits/cpus/default', /over max/],
  [{ ulimits: ['nofile'] }, '/limits/ulimits/0', /rtprio/],
  [{ oomScoreAdj: 5 }, '/limits/oomScoreAdj', /./]
]

t.test('limits that are none are refused, and nothing is saved', async t => {
  for (const [limits, path, words] of wrong) {
    const { body } = await admin.post('/roles', { name: 'wrong', operations: OPERATIONS, limits })
    t.match(body, { status: 400, code: 'invalid-input', errors: [{ path, message: words }] }, JSON.stringify(limits))
  }
  t.equal(await roles.get('wrong'), undefined)
})

t.test('a change to wrong limits leaves a role as it was', async t => {
  const before = { bindRoots: [{ path: '/srv/team' }], memoryBytes: { max: 64_000_000, default: 32_000_000 } }
  t.match((await admin.post('/roles', { name: 'kept', operations: OPERATIONS, limits: before })).body, { limits: before })
  for (const [limits, path] of wrong) {
    t.match((await admin.patch('/roles/kept', { description: 'changed', operations: ['*'], limits })).body, { status: 400, errors: [{ path }] }, JSON.stringify(limits))
  }
  const kept = await roles.get('kept')
  t.match(kept, { operations: OPERATIONS, limits: before })
  t.equal(kept?.description, undefined)
})

t.test('the whole host as a root takes force, and is not asked for again where it stays', async t => {
  const limits = { bindRoots: [{ path: '/' }] }
  t.match((await admin.post('/roles', { name: 'forced', operations: OPERATIONS, limits, force: true })).body, { limits })
  t.match((await admin.patch('/roles/forced', { limits })).body, { status: 400 })
  t.match((await admin.patch('/roles/forced', { description: 'as it was' })).body, { description: 'as it was', limits })
})

t.test('the built-in roles have the safe limits, but for the admin\'s', async t => {
  for (const role of ['viewer', 'operator', 'developer', 'auditor']) t.same((await admin.get(`/roles/${role}`)).body.limits, {}, role)
  t.equal((await admin.get('/roles/admin')).body.limits, undefined)
  t.same((await admin.post('/roles', { name: 'plain', operations: OPERATIONS })).body.limits, {}, 'and so has one of your own')
})
