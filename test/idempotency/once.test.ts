import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Answer, Client } from '../support/client.js'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'
import { engines, image } from '../support/engines.js'
import { ask } from '../../scripts/lib/api.mjs'

const gateway = await startGateway(t)
const { admin, spies: { local: spy } } = gateway

const CONTAINERS = '/hosts/local/containers'
const made = (name: string) => ({ image, name, command: ['sleep', '60'] })
const under = (key: string) => ({ 'idempotency-key': key })
/** What changed something at the engine since the last look. */
const changes = () => spy.requests.filter(({ method }) => method !== 'GET').map(({ method, url }) => `${method} ${url.replace(/^\/v[\d.]+/, '').split('?')[0]}`)
const named = async (name: string) => (await ask(engines[0], 'GET', `/containers/json?all=true&filters=${encodeURIComponent(JSON.stringify({ name: [`^/${name}$`] }))}`)) as unknown[]

async function lastItem (client: Client = admin) {
  await gateway.services.journal.flush()
  return (await client.get('/audit?limit=1')).body.items[0]
}

/** The host is lost behind what it was asked: it does it, and its answer never comes. */
async function unanswered (call: () => Promise<Answer>, path: string, isDone: () => Promise<boolean>): Promise<number> {
  spy.mute(({ url }) => url.includes(path))
  const answer = call()
  while (!await isDone()) await sleep(20)
  await spy.up()
  return (await answer).status
}

t.beforeEach(() => { spy.reset() })
t.teardown(async () => {
  for (const { Id } of await ask(engines[0], 'GET', `/containers/json?all=true&filters=${encodeURIComponent('{"name":["^/once-"]}')}`)) await ask(engines[0], 'DELETE', `/containers/${Id}?force=true&v=true`)
})

t.test('the same key and input give the first answer again, and the engine hears nothing', async t => {
  const key = randomUUID()
  const first = await admin.post(CONTAINERS, made('once-same'), under(key))
  t.equal(first.status, 201)
  t.match(changes(), ['POST /containers/create'])
  const { id: firstCall } = await lastItem()
  spy.reset()
  for (const header of [key, `"${key}"`]) {
    const again = await admin.post(CONTAINERS, made('once-same'), under(header))
    t.equal(again.status, 201)
    t.same(again.body, first.body)
    t.equal(again.headers.get('location'), first.headers.get('location'))
    t.equal(again.text, first.text)
  }
  t.equal(spy.bytes, 0, 'not one byte')
  t.match(await lastItem(), { operation: 'container.create', stage: 'completed', target: { id: first.body.id }, decision: { effect: 'allow' }, outcome: { repeatOf: firstCall } }, 'the journal says whose repeat it was')
  const { data } = await admin.graphql('mutation ($key: String!, $image: String!) { containerCreate(host: "local", image: $image, name: "once-same", command: ["sleep", "60"], idempotencyKey: $key) { id: containerId name warnings } }', { key, image })
  t.same(data.containerCreate, first.body, 'over GraphQL it is the same call')
})

t.test('an answer without a body is given again, too, and a failure of the engine\'s as well', async t => {
  await admin.post(CONTAINERS, made('once-stop'))
  const key = randomUUID()
  const stop = async () => await admin.post(`${CONTAINERS}/once-stop/pause`, {}, under(key))
  const refused = await stop()
  t.equal(refused.status, 409, 'it does not run')
  await admin.post(`${CONTAINERS}/once-stop/start`)
  spy.reset()
  const again = await stop()
  t.equal(again.status, 409)
  t.same({ ...again.body, requestId: '' }, { ...refused.body, requestId: '' })
  t.equal(spy.bytes, 0)
  t.match(await lastItem(), { operation: 'container.pause', target: { name: 'once-stop' }, outcome: { code: 'conflict', repeatOf: String } })

  const rename = async () => await admin.post(`${CONTAINERS}/once-stop/rename`, { name: 'once-renamed' }, under(`${key}-rename`))
  t.equal((await rename()).status, 204)
  spy.reset()
  t.equal((await rename()).status, 204, 'though what it was called then is called otherwise now')
  t.equal(spy.bytes, 0)
})

t.test('what the engine failed at, and did nothing of, may be tried again under the key', async t => {
  const ports = [{ containerPort: 80, hostIp: '127.0.0.1', hostPort: 41_980 }]
  for (const name of ['once-first', 'once-second']) t.equal((await admin.post(CONTAINERS, { ...made(name), stopTimeoutSeconds: 0, ports })).status, 201)
  await admin.post(`${CONTAINERS}/once-first/start`)
  const key = randomUUID()
  const start = async () => await admin.post(`${CONTAINERS}/once-second/start`, {}, under(key))
  t.match(await start(), { status: 409, body: { code: 'conflict', detail: /port is already allocated/ } })
  await admin.post(`${CONTAINERS}/once-first/stop`)
  t.equal((await start()).status, 204)
  spy.reset()
  t.equal((await start()).status, 204)
  t.equal(spy.bytes, 0, 'it is done now')
})

t.test('another input, or another operation, under the key is a conflict', async t => {
  const key = randomUUID()
  t.equal((await admin.post(CONTAINERS, made('once-other'), under(key))).status, 201)
  spy.reset()
  for (const answer of [
    await admin.post(CONTAINERS, { ...made('once-other'), command: ['sleep', '61'] }, under(key)),
    await admin.post(`${CONTAINERS}/once-other/start`, {}, under(key))
  ]) t.match(answer, { status: 409, body: { code: 'conflict', detail: /another operation or other inputs/ } })
  t.equal(spy.bytes, 0)
})

t.test('twenty at once under one key: one is made', async t => {
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 20 }, async () => await admin.post(CONTAINERS, made('once-twenty'), under(key))))
  const done = answers.filter(({ status }) => status === 201)
  t.ok(done.length >= 1)
  t.equal(new Set(done.map(({ body }) => body.id)).size, 1)
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    t.match(answer, { status: 409, body: { code: 'conflict', detail: /under way/ } })
    t.equal(answer.headers.get('retry-after'), '1')
  }
  t.equal(changes().filter(call => call === 'POST /containers/create').length, 1)
  t.equal((await admin.post(CONTAINERS, made('once-twenty'), under(key))).body.id, done[0]?.body.id)
})

t.test('a call under a key goes on when its caller leaves, and a repeat has its answer', async t => {
  const key = randomUUID()
  const input = { image, name: 'once-left', command: ['sh', '-c', 'echo said; sleep 2; exit 3'], wait: true, remove: true }
  const controller = new AbortController()
  const first = admin.fetch(admin.address(`${CONTAINERS}/run`), { method: 'POST', body: JSON.stringify(input), headers: { 'content-type': 'application/json', ...under(key) }, signal: controller.signal })
  await spy.seen(({ url }) => url.includes('/start'))
  controller.abort()
  await t.rejects(first)
  let again = await admin.post(`${CONTAINERS}/run`, input, under(key))
  t.match(again, { status: 409, body: { detail: /under way/ } }, 'it is under way still')
  while (again.status === 409) {
    await sleep(200)
    again = await admin.post(`${CONTAINERS}/run`, input, under(key))
  }
  t.match(again, { status: 201, body: { name: 'once-left', exitCode: 3, stdout: 'said\n' } })
  t.equal(changes().filter(call => call === 'POST /containers/create').length, 1)
  t.same(await named('once-left'), [])
})

t.test('keys are their user\'s own, and policy is asked again before the answer is shown', async t => {
  const { services: { users } } = gateway
  const bob = await users.create({ username: 'once-bob', password: ADMIN_PASSWORD, admin: true })
  const client = await gateway.nobody.signIn('once-bob', ADMIN_PASSWORD)
  const key = randomUUID()
  const create = async (who: Client) => await who.post(CONTAINERS, made('once-own'), under(key))
  const first = await create(client)
  t.equal(first.status, 201)
  t.match(await create(admin), { status: 409, body: { detail: /name/ } }, 'to another user the same key is another: the engine is asked, and has the name already')
  await users.update(bob.id, { admin: false })
  spy.reset()
  t.match(await create(client), { status: 404, body: { code: 'not-found' } }, 'who may not know of the host hears nothing of the answer')
  t.equal(spy.bytes, 0)
})

t.test('who may not know any more of what was made is not answered again', async t => {
  const grantOf = async (team: string) => (await admin.post('/grants', { user: 'ann', role: 'developer', hosts: ['local'], match: { labels: { team } } })).body.id as string
  const blue = await grantOf('once-blue')
  const key = randomUUID()
  const run = async () => await gateway.ann.post(`${CONTAINERS}/run`, { image, name: 'once-team', command: ['echo', 'a secret of blue'], wait: true }, under(key))
  const first = await run()
  t.match(first, { status: 201, body: { stdout: 'a secret of blue\n' } })
  t.same((await run()).body, first.body)
  const red = await grantOf('once-red')
  await admin.delete(`/grants/${blue}`)
  spy.reset()
  const again = await run()
  t.match(again, { status: 403, body: { code: 'forbidden', detail: /may not see any more/ } })
  t.notMatch(again.text, /secret of blue/)
  t.equal(spy.bytes, 0)
  t.match(await lastItem(), { stage: 'denied', decision: { effect: 'deny', rule: 'not-covered' } })
  await grantOf('once-blue')
  t.same((await run()).body, first.body, 'and who may again, is again')
  await admin.delete(`/grants/${red}`)
})

t.test('a call that was refused before the engine heard of it leaves the key free', async t => {
  const key = randomUUID()
  const run = async (input: object) => await admin.post(`${CONTAINERS}/run`, { image, name: 'once-free', command: ['true'], ...input }, under(key))
  t.match(await run({ timeoutSeconds: 5 }), { status: 400 })
  t.match(await run({ nonsense: true }), { status: 400 })
  t.match(await admin.post(`${CONTAINERS}/once-nothing/stop`, {}, under(key)), { status: 404 })
  await spy.down()
  t.match(await run({}), { status: 503, body: { code: 'host-unreachable' } })
  await spy.up()
  t.equal((await run({})).status, 201)
})

t.test('where the host was lost within the call it is not made again; what a create made is found', async t => {
  const key = randomUUID()
  const { body: { id } } = await admin.post(CONTAINERS, made('once-lost'))
  const rename = async () => await admin.post(`${CONTAINERS}/${id}/rename`, { name: 'once-lost-renamed' }, under(key))
  t.equal(await unanswered(rename, '/rename', async () => (await named('once-lost-renamed')).length > 0), 503)
  spy.reset()
  t.match(await rename(), { status: 409, body: { code: 'outcome-unknown' } })
  t.equal(spy.bytes, 0)

  const create = async () => await admin.post(CONTAINERS, made('once-found'), under(`${key}-create`))
  t.equal(await unanswered(create, '/containers/create', async () => (await named('once-found')).length > 0), 503)
  spy.reset()
  const found = await create()
  t.match(found, { status: 201, body: { name: 'once-found', warnings: [] } })
  t.same(changes(), [])
  t.equal(found.headers.get('location'), `/api/v1${CONTAINERS}/${found.body.id}`)
  spy.reset()
  t.same((await create()).body, found.body)
  t.equal(spy.bytes, 0, 'from then on it is a repeat like any other')
})

t.test('what takes no key says so, and what is none is refused', async t => {
  for (const [key, why] of [['x'.repeat(10 * 1024), '10 KB'], ['', 'empty'], ['a b', 'a space'], ['"a', 'half a quote'], ['ä', 'not ASCII']] as const) {
    t.match(await admin.post(CONTAINERS, made('once-bad'), under(key)), { status: 400, body: { code: 'invalid-input', detail: /1 to 255 visible ASCII/ } }, why)
  }
  const { errors } = await admin.graphql('mutation { containerStop(host: "local", id: "once-same", idempotencyKey: "a b") }')
  t.match(errors, [{ extensions: { code: 'invalid-input' } }])
  t.match(await admin.post('/tickets', { operation: 'container.list', input: {} }, under('k')), { status: 400, body: { detail: /session.ticket takes no Idempotency-Key/ } })
  t.match(await admin.post('/auth/login', { username: 'admin', password: ADMIN_PASSWORD }, under('k')), { status: 400, body: { detail: /takes no Idempotency-Key/ } })
  t.match(await admin.post('/hosts/local/images/pull', { reference: 'x' }, under('k')), { status: 400, body: { detail: /respond-async/ } })
  t.match(await admin.upload('POST', '/hosts/local/images/load', new Uint8Array(1024), under('k')), { status: 400, body: { detail: /respond-async/ } })
  t.equal(spy.bytes, 0)
  t.equal((await admin.get(`${CONTAINERS}?all=true`, under('k'))).status, 200, 'a read takes no notice')
})

t.test('labels of the gateway\'s own are nobody else\'s to write', async t => {
  t.match(await admin.post(CONTAINERS, { ...made('once-forged'), labels: { 'dev.caisson.call': 'x' } }), { status: 400, body: { errors: [{ path: '/labels/dev.caisson.call' }] } })
  t.equal(spy.requests.length, 0)
})
