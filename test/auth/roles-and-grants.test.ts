import t from 'tap'
import { startGateway } from '../support/gateway.js'

const gateway = await startGateway(t)
const { admin, ann, services: { grants, roles, groups, users } } = gateway

t.test('a role of operations that are none', async t => {
  for (const [pattern, words] of [
    ['container.strat', /there is no such operation/], ['containr.*', /no operation fits/], ['*.logz', /no operation fits/],
    ['user.create', /admins alone/], ['grant.*', /admins alone/], ['session.me', /takes no role/]
  ] as const) {
    const { body } = await admin.post('/roles', { name: 'wrong', operations: ['container.list', pattern] })
    t.match(body, { status: 400, code: 'invalid-input', errors: [{ path: '/operations/1', message: words }] }, pattern)
  }
  t.match((await admin.post('/roles', { name: 'wrong', operations: [] })).body, { status: 400 })
  t.match((await admin.post('/roles', { name: 'wrong', operations: ['Container.List!'] })).body, { status: 400 })
  t.match((await admin.post('/roles', { name: 'wrong', operations: ['*'], limits: { privilegd: true } })).body, { status: 400, errors: [{ path: '/limits/privilegd' }] })
  t.equal(await roles.get('wrong'), undefined, 'nothing is saved')
  t.match((await admin.post('/roles', { name: 'viewer', operations: ['*'] })).body, { status: 409 })
  for (const change of [admin.patch('/roles/viewer', { operations: ['*'] }), admin.delete('/roles/admin')]) t.match((await change).body, { status: 409, detail: /built in/ })
})

t.test('a grant to nobody, of nothing, or that nothing could fit', async t => {
  const grant = async (wrong: object) => (await admin.post('/grants', { user: 'ann', role: 'viewer', hosts: ['*'], ...wrong })).body
  for (const [wrong, path] of [
    [{ user: 'nobody' }, '/user'], [{ user: undefined }, '/user'], [{ group: 'none', user: undefined }, '/group'], [{ group: 'any' }, '/user'],
    [{ role: 'viewr' }, '/role'], [{ hosts: [] }, '/hosts'], [{ hosts: ['PROD-*'] }, '/hosts/0'],
    [{ match: {} }, '/match'], [{ match: { names: ['a/b'] } }, '/match/names/0'], [{ match: { images: ['Team/*/App'] } }, '/match/images/0'],
    [{ match: { labels: { 'dev.caisson.owner': 'x' } } }, '/match/labels/dev.caisson.owner'], [{ match: { labels: { team: '' } } }, '/match/labels/team'],
    [{ match: { labels: { 'a=b': 'x' } } }, '/match/labels/a=b'], [{ role: 'auditor', match: { owner: 'self' } }, '/match'], [{ match: { owner: 'ann' } }, '/match/owner']
  ] as const) t.match(await grant(wrong), { status: 400, code: 'invalid-input', errors: [{ path }] }, JSON.stringify(wrong))
  t.same((await grants.list({ limit: 10 })).items, [], 'nothing is saved')
  t.match(await grant({}), { user: 'ann', role: 'viewer', hosts: ['*'] })
})

t.test('a group with a member who is no user is not made, and not changed', async t => {
  t.match((await admin.post('/groups', { name: 'half', members: ['ann', 'nobody'] })).body, { status: 400, errors: [{ path: '/members/1' }] })
  t.equal(await groups.byName('half'), undefined)
  const { id } = await groups.create({ name: 'whole', members: ['ann'] })
  t.match((await admin.patch(`/groups/${id}`, { name: 'other', members: ['nobody'] })).body, { status: 400 })
  t.match(await groups.get(id), { name: 'whole', members: ['ann'] })
  t.match((await admin.post('/groups', { name: 'whole' })).body, { status: 409 })
})

t.test('an admin\'s own things are for admins, whatever a role is called', async t => {
  const { id } = await users.byUsername('ann') ?? { id: '' }
  for (const { id: grant } of (await grants.list({ limit: 10 })).items) await grants.remove(grant)
  await grants.create({ user: id, role: 'admin', hosts: ['local'] })
  t.match((await ann.get('/users')).body, { status: 403, code: 'forbidden' }, 'of one host')
  t.equal((await ann.get('/hosts/local/info')).status, 200)
  await grants.create({ user: id, role: 'admin', hosts: ['*'] })
  t.equal((await ann.get('/users')).status, 200, 'of all hosts')
  t.match((await admin.patch('/users/admin', { admin: false })).body, { status: 409 }, 'a grant does not make the last admin one of several')
})

t.test('what goes with a user', async t => {
  const { id } = await users.create({ username: 'eve', password: 'correct horse battery eve' })
  await groups.create({ name: 'eves', members: ['eve'] })
  await grants.create({ user: id, role: 'viewer', hosts: ['*'] })
  await users.remove(id)
  t.same((await groups.byName('eves'))?.members, [])
  t.same((await grants.list({ limit: 10, user: id })).items, [])
})
