import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Client } from '../support/client.js'
import { image } from '../support/engines.js'
import { ANN_PASSWORD, startGateway } from '../support/gateway.js'

const gateway = await startGateway(t)
const { admin, url, dataDir, logged, services: { grants, users, apiTokens } } = gateway
let { ann } = gateway
const annId = (await users.byUsername('ann'))?.id ?? ''
const { id: granted } = await grants.create({ user: annId, role: 'operator', hosts: ['local'] })
const as = (token: string) => new Client(url, token)
const make = async (input: object, by = ann) => (await by.post('/tokens', { name: 'ci', ...input })).body

t.test('a token is shown once, kept as a hash, and works on every surface', async t => {
  const { token, id, ...made } = await make({})
  t.match(made, { name: 'ci', user: 'ann', expiresAt: String })
  t.match(token, /^cai_[0-9A-Z]{26}_[\w-]{43}$/)
  const ci = as(token)
  t.equal((await ci.get('/hosts/local/containers')).status, 200)
  t.equal((await ci.graphql('{ hosts { items { name } } }')).data.hosts.items[0].name, 'local')
  t.match((await ci.get('/auth/me')).body, { username: 'ann', access: [{ grant: granted }] })
  t.match((await ann.get(`/tokens/${id}`)).body, { id, name: 'ci', lastUsedAt: String, lastUsedFrom: '127.0.0.1' })
  t.notOk('token' in (await ann.get('/tokens')).body.items[0])
  const stored = readdirSync(dataDir).map(file => readFileSync(join(dataDir, file), 'latin1')).join('')
  const secret = String(token).slice(-43)
  t.notOk(stored.includes(secret) || logged.join('').includes(secret), 'in no file and in no log')
  t.match((await make({})), { status: 409 }, 'two are not called the same')
  for (const wrong of [`${token}x`, String(token).replace(/_[\w-]{43}$/, `_${'a'.repeat(43)}`), `cai_${'0'.repeat(26)}_${secret}`]) t.match((await as(wrong).get('/auth/me')).body, { status: 401, code: 'unauthenticated' })
  t.equal((await ann.delete(`/tokens/${id}`)).status, 204)
  t.equal((await ci.get('/auth/me')).status, 401, 'revoked')
})

t.test('narrowed to operations, roles or hosts, and never more than its owner', async t => {
  const looker = as((await make({ name: 'looker', operations: ['container.list'] })).token)
  t.equal((await looker.get('/hosts/local/containers')).status, 200)
  t.equal((await looker.get('/hosts/local/images')).status, 403)
  t.equal((await looker.get('/jobs')).status, 403)
  t.match((await looker.post('/tickets', { operation: 'image.list', input: { host: 'local' } })).body, { status: 403 })
  const viewer = as((await make({ name: 'viewer', roles: ['viewer'], hosts: ['local'] })).token)
  t.equal((await viewer.get('/hosts/local/version')).status, 200)
  t.equal((await viewer.post('/hosts/local/containers/nothing/stop', {})).status, 404)
  for (const [input, path] of [
    [{ roles: ['developer'] }, '/roles/0'], [{ roles: ['nothing'] }, '/roles/0'], [{ operations: ['container.exec'] }, '/operations/0'],
    [{ operations: ['container.*'] }, '/operations/0'], [{ operations: ['container.lst'] }, '/operations/0'], [{ hosts: ['other'] }, '/hosts/0'], [{ hosts: ['*'] }, '/hosts/0'],
    [{ hosts: ['nowhere'] }, '/hosts/0'], [{ expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'], [{ expiresAt: '2999-01-01T00:00:00Z' }, '/expiresAt']
  ] as const) t.match(await make({ name: 'more', ...input }), { status: 400, code: 'invalid-input', errors: [{ path }] }, JSON.stringify(input))
  t.notOk((await ann.get('/tokens')).body.items.some(({ name }: { name: string }) => name === 'more'), 'nothing is saved')
  await grants.update(granted, { role: 'auditor' })
  t.equal((await looker.get('/hosts/local/containers')).status, 403, 'what its owner loses it has lost')
  await grants.update(granted, { role: 'operator' })
})

t.test('an admin\'s token that is narrowed is no admin', async t => {
  const { token } = await make({ name: 'narrow', roles: ['viewer'] }, admin)
  const narrow = as(token)
  t.equal((await narrow.get('/hosts/local/info')).status, 200)
  t.equal((await narrow.get('/users')).status, 403)
  t.equal((await narrow.post('/hosts/local/containers', { image })).status, 403)
  t.equal((await as((await make({ name: 'wide' }, admin)).token).get('/users')).status, 200)
})

t.test('a token makes no credentials', async t => {
  const wide = as((await make({ name: 'maker' }, admin)).token)
  for (const answer of [
    await wide.post('/tokens', { name: 'child' }), await wide.post('/users', { username: 'child', password: 'correct horse battery child' }),
    await wide.patch('/users/ann', { password: 'correct horse battery other' }), await wide.post('/auth/logout', {})
  ]) t.match(answer.body, { status: 403, detail: /takes a sign-in/ })
})

t.test('others\' tokens are theirs, and the admins\'', async t => {
  const { id } = await make({ name: 'hers' })
  const { id: his } = await make({ name: 'his' }, admin)
  t.match((await ann.get(`/tokens/${his}`)).body, { status: 404, detail: `no such token: ${his}` })
  t.match((await ann.delete(`/tokens/${his}`)).body, { status: 404 })
  t.ok((await ann.get('/tokens?user=admin')).body.items.every(({ user }: { user: string }) => user === 'ann'))
  t.ok((await admin.get('/tokens?user=ann')).body.items.some((token: { id: string }) => token.id === id))
  t.equal((await admin.delete(`/tokens/${id}`)).status, 204)
})

t.test('a new password and disabling end tokens, and an end in time does', async t => {
  const ticketed = as((await make({ name: 'first' })).token)
  const { url: ticket } = (await ticketed.post('/tickets', { operation: 'container.list', input: { host: 'local' } })).body
  await admin.patch('/users/ann', { password: `${ANN_PASSWORD}!` })
  t.equal((await ticketed.get('/auth/me')).status, 401)
  t.equal((await gateway.nobody.get(ticket)).status, 401, 'and the ticket that was made with it')
  ann = await gateway.nobody.signIn('ann', `${ANN_PASSWORD}!`)
  const second = as((await make({ name: 'second' })).token)
  await admin.patch('/users/ann', { disabled: true })
  t.equal((await second.get('/auth/me')).status, 401)
  await admin.patch('/users/ann', { disabled: false })
  t.equal((await second.get('/auth/me')).status, 401, 'also when the user is back')
  const actor = { id: annId, username: 'ann', admin: false, credential: { kind: 'jwt', id: '', session: '' } } as const
  const { text } = await apiTokens.create(actor, { name: 'short', expires: new Date(Date.now() - 1), narrowing: {} })
  t.equal((await as(text).get('/auth/me')).status, 401, 'expired')
})
