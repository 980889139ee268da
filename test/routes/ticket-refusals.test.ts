import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { image } from '../support/engines.js'
import type { Answer } from '../support/client.js'
import { archive } from '../support/examples.js'
import { ADMIN_PASSWORD, ANN_PASSWORD } from '../support/gateway.js'
import { ticketBed, unauthenticated, type Link } from './ticket-bed.js'

const { url: address, admin, ann, nobody, spies, services, container, linkTo, journal } = await ticketBed(t)
const name = container.id

t.test('of twenty uses at once exactly one succeeds', async t => {
  const { url } = await linkTo('container.kill', { ...container, signal: 'SIGWINCH' })
  spies.local.reset()
  const answers = await Promise.all(Array.from({ length: 20 }, async () => await nobody.post(url)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ status, body }) => status === 401 && body.code === 'unauthenticated').length, 19)
  t.equal(spies.local.requests.filter(({ method }) => method === 'POST').length, 1, 'the engine heard of one')
})

t.test('a ticket is good for its caller alone', async t => {
  t.match(await ann.get((await linkTo('container.inspect', container)).url), unauthenticated, 'with the token of another')
  t.match(await nobody.get((await linkTo('container.inspect', container)).url, { authorization: 'Bearer nonsense' }), unauthenticated)
  t.equal((await admin.get((await linkTo('container.inspect', container)).url)).status, 200, 'one\'s own token does not matter')

  const stolen = await linkTo('container.inspect', container)
  await ann.get(stolen.url)
  t.match(await admin.get(stolen.url), unauthenticated, 'it is used up all the same')
})

t.test('a ticket is good for its operation and its inputs alone, and used up by whatever else it is tried for', async t => {
  const elsewhere: ReadonlyArray<[what: string, change: (link: Link) => [method: string, url: string]]> = [
    ['another operation', ({ url }) => ['GET', url.replace(`/${name}?`, `/${name}/top?`)]],
    ['another input in the path', ({ url }) => ['GET', url.replace(`/${name}?`, '/other?')]],
    ['another host', ({ url }) => ['GET', url.replace('/hosts/local/', '/hosts/other/')]],
    ['another method', ({ url }) => ['DELETE', url]],
    ['another method at once', ({ url }) => ['PATCH', url]],
    ['a list that is called alike', ({ url }) => ['GET', `/api/v1/containers?${url.split('?')[1]}`]]
  ]
  for (const [what, change] of elsewhere) {
    const link = await linkTo('container.inspect', container)
    spies.local.reset()
    t.match(await nobody.send(...change(link)), unauthenticated, what)
    t.match(await nobody.get(link.url), unauthenticated, `${what}: and then no more`)
    t.equal(spies.local.bytes + spies.other.bytes, 0, 'the engine heard nothing')
    spies.other.reset()
  }
  const list = await linkTo('container.list', { host: 'local' })
  t.match(await nobody.get(list.url.replace('/hosts/local', '')), unauthenticated, 'the other address of a list')
})

t.test('the path may be written in other ways that mean the same', async t => {
  const { url } = await linkTo('image.inspect', { host: 'local', image })
  t.equal((await nobody.get(url.replaceAll('%3A', ':'))).status, 200)
})

t.test('inputs come from the ticket, and from nowhere else', async t => {
  const refused = async (t: Test, what: string, answer: Promise<Answer>, path: string) => {
    t.match(await answer, { status: 400, body: { code: 'invalid-input', errors: [{ path }] } }, what)
    const [item] = await journal(1)
    t.match(item, { stage: 'denied', actor: { username: 'admin', credential: /^ticket:/ }, outcome: { code: 'invalid-input' } })
  }
  const logs = await linkTo('container.logs', { ...container, tail: '1' })
  spies.local.reset()
  await refused(t, 'the query', nobody.get(`${logs.url}&tail=2`), '/tail')
  t.match(await nobody.get(logs.url), unauthenticated)
  await refused(t, 'the query of a write', nobody.post(`${(await linkTo('container.start', container)).url}&x=1`), '/x')
  await refused(t, 'a body', nobody.post((await linkTo('container.stop', container)).url, { timeoutSeconds: 1 }), '')
  await refused(t, 'a body that says nothing', nobody.post((await linkTo('container.stop', container)).url, {}), '')
  const upload = await linkTo('container.copyIn', { ...container, path: '/tmp' })
  const header = { 'caisson-input': Buffer.from('{"path": "/etc"}').toString('base64url') }
  await refused(t, 'the header', nobody.upload(upload.method, upload.url, new Uint8Array(archive()), header), '')
  t.equal(spies.local.requests.filter(({ method }) => method !== 'GET').length, 0, 'the engine heard of no change')
  const socket = await linkTo('container.logs', container)
  t.match(await nobody.follow(`${socket.url}&follow=true`), { code: 400, reason: 'invalid-input' })
  t.match(await nobody.get((await linkTo('container.logs', container)).url + '&ticket=2'), unauthenticated, 'two tickets are none')
  const empty = await linkTo('container.start', container)
  t.equal((await nobody.send('POST', empty.url, undefined, { 'content-type': 'application/json' })).status, 204, 'a type without a body is no body')
})

t.test('a ticket ends with the session it was made in', async t => {
  const session = await nobody.signIn('admin', ADMIN_PASSWORD)
  const { url } = await linkTo('container.inspect', container, session)
  await session.post('/auth/logout')
  t.match(await nobody.get(url), unauthenticated)

  for (const [what, change, code] of [
    ['disabled', { disabled: true }, 401],
    ['a new password', { password: 'correct horse battery eva 2' }, 401],
    ['no admin any more', { admin: false }, 404]
  ] as const) {
    const { id } = await services.users.create({ username: `eva-${code}-${what.length}`, password: ANN_PASSWORD, admin: true })
    const eva = await nobody.signIn(`eva-${code}-${what.length}`, ANN_PASSWORD)
    const link = await linkTo('container.inspect', container, eva)
    await services.users.update(id, change)
    spies.local.reset()
    t.equal((await nobody.get(link.url)).status, code, what)
    t.equal(spies.local.bytes, 0)
  }
})

t.test('where no operation is, a ticket is no credential, and nothing else ever is', async t => {
  const query = async () => (await linkTo('container.inspect', container)).url.split('?')[1] ?? ''
  for (const path of ['/metrics', '/no-such-address', '/graphql']) {
    t.equal((await fetch(`${address}${path}?${await query()}`)).status, 401, path)
  }
  const graphql = await fetch(`${address}/graphql?${await query()}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query": "{ hosts { items { name } } }"}' })
  t.equal(graphql.status, 401)
  t.notMatch(await (await fetch(`${address}/readyz?${await query()}`)).text(), 'hosts', 'no lines')
  t.match(await nobody.get(`/auth/me?${await query()}`), unauthenticated)
  t.match(await nobody.post(`/tickets?${await query()}`, { operation: 'host.list', input: {} }), unauthenticated)
  t.match(await nobody.post(`/auth/login?${await query()}`, { username: 'admin', password: ADMIN_PASSWORD }), { status: 400 })
  for (const key of ['token', 'access_token', 'api_key', 'ticket', 'authorization']) {
    t.match(await nobody.get(`/hosts?${key}=${admin.token ?? ''}`), unauthenticated, key)
  }
  t.match(await nobody.get('/hosts?ticket='), unauthenticated)
})

t.test('a ticket that comes late', async t => {
  const [early, late, unused] = [await linkTo('host.list', {}), await linkTo('host.list', {}), await linkTo('host.list', {})]
  mock.timers.enable({ apis: ['Date'], now: Date.parse(early.expiresAt) - 1000 })
  t.teardown(() => { mock.timers.reset() })
  t.equal((await nobody.get(early.url)).status, 200)
  mock.timers.setTime(Date.parse(late.expiresAt))
  t.match(await nobody.get(late.url), unauthenticated)
  mock.timers.reset()
  t.match(await nobody.get(late.url), unauthenticated, 'it is used up')
  t.equal((await nobody.get(unused.url)).status, 200)
})
