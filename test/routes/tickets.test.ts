import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { image } from '../support/engines.js'
import { ndjson, type Answer } from '../support/client.js'
import { archive } from '../support/examples.js'
import { ANN_PASSWORD } from '../support/gateway.js'
import { ticketBed, unauthenticated } from './ticket-bed.js'

const { url: address, dataDir, logged, admin, ann, nobody, spies, services, container, linkTo, journal } = await ticketBed(t)
const name = container.id

t.test('a link is the operation\'s own address and a ticket', async t => {
  const begun = Date.now()
  const { url, method, expiresAt } = await linkTo('container.logs', { ...container, tail: '3' })
  t.match(url, new RegExp(`^/api/v1/hosts/local/containers/${name}/logs\\?ticket=cat_[\\w-]{43}$`))
  t.equal(method, 'GET')
  t.ok(Date.parse(expiresAt) >= begun + 30_000 && Date.parse(expiresAt) <= Date.now() + 30_000)
  t.match(await linkTo('image.inspect', { host: 'local', image }), { url: `/images/${encodeURIComponent(image)}?ticket=` })
  t.match((await linkTo('container.list', { host: 'local' })).url, '/api/v1/hosts/local/containers?ticket=')
  t.match((await linkTo('container.list', { host: ['local', 'other'] })).url, '/api/v1/containers?ticket=')
  t.match((await linkTo('container.list', {})).url, '/api/v1/containers?ticket=')
})

t.test('every shape is had by ticket as it is with a token', async t => {
  const same = async (t: Test, operation: string, input: object, path: string, seen: (answer: Answer) => unknown = ({ body }) => body) => {
    const { url, method } = await linkTo(operation, input)
    const byTicket = await nobody.send(method, url)
    const byToken = await admin.send(method, path)
    t.equal(byTicket.status, byToken.status, operation)
    t.equal(byTicket.headers.get('content-type'), byToken.headers.get('content-type'), operation)
    t.same(seen(byTicket), seen(byToken), operation)
  }
  const logs = `/hosts/local/containers/${name}/logs`
  await same(t, 'container.inspect', container, `/hosts/local/containers/${name}`)
  await same(t, 'container.list', { host: ['local'], name: [name], all: true }, `/containers?host=local&name=${name}&all=true`, ({ body }) => body.items.map(({ id }: { id: string }) => id))
  await same(t, 'image.inspect', { host: 'local', image }, `/hosts/local/images/${encodeURIComponent(image)}`)
  await same(t, 'container.start', container, `/hosts/local/containers/${name}/start`)
  await same(t, 'container.copyOut', { ...container, path: '/etc/passwd' }, `/hosts/local/containers/${name}/files?path=/etc/passwd`, ({ text }) => text)
  await same(t, 'container.logs', { ...container, tail: 'all' }, logs, ({ text }) => ndjson(text))

  const events = await linkTo('container.logs', container)
  const sse = await nobody.get(events.url, { accept: 'text/event-stream' })
  t.match(sse, { status: 200, text: /^id: \S+\ndata: {"type":"log".*\n\nid: end\ndata: {"type":"end"/ })

  const socket = await linkTo('container.logs', container)
  t.match(await nobody.follow(socket.url), { code: 1000, messages: [{ type: 'log', text: 'hello' }, { type: 'end' }] })
  t.match(await nobody.follow(socket.url), { code: 401, reason: 'unauthenticated' }, 'once')

  const upload = await linkTo('container.copyIn', { ...container, path: '/tmp' })
  t.match(upload, { method: 'PUT' })
  t.equal((await nobody.upload(upload.method, upload.url, new Uint8Array(archive()))).status, 200)
  t.match((await admin.get(`/hosts/local/containers/${name}/files/stat?path=/tmp/etc/motd`)).body, { name: 'motd', sizeBytes: 6 })
})

t.test('what is sent to an upload\'s link answers as REST does, as a job as well', async t => {
  const { data } = await admin.graphql('mutation { imageImport(host: "local") { url method } }')
  const { url, method } = data.imageImport
  const answer = await nobody.upload(method, url, new Uint8Array(archive()), { prefer: 'respond-async' })
  t.match(answer, { status: 202, body: { operation: 'image.import', host: 'local' } })
  const { text } = await admin.get(`/jobs/${answer.body.id}/events`)
  const last = ndjson(text).at(-1)
  t.match(last, { type: 'end', result: { id: String } })
  t.teardown(async () => await admin.delete(`/hosts/local/images/${last.result.id}`))
  t.match(await admin.get(`/jobs/${answer.body.id}`), { body: { state: 'succeeded' } })
})

t.test('making one and using it are one record each, and show that they belong together', async t => {
  const { url } = await linkTo('container.copyOut', { ...container, path: '/etc/passwd' })
  t.equal((await nobody.get(url)).status, 200)
  const [used, made] = await journal(2)
  t.match(made, {
    operation: 'session.ticket',
    stage: 'completed',
    surface: 'rest',
    host: 'local',
    input: { operation: 'container.copyOut' },
    actor: { username: 'admin', credential: /^jwt:/ },
    target: { kind: 'container', name },
    decision: { effect: 'allow', rule: 'admin' },
    outcome: { code: null, made: { kind: 'ticket', name: 'container.copyOut' } }
  })
  t.same(made?.input, { operation: 'container.copyOut' })
  t.match(used, { operation: 'container.copyOut', surface: 'rest', input: { ...container, path: '/etc/passwd' }, outcome: { code: null } })
  t.same(used?.actor, { ...made?.actor, credential: `ticket:${made?.outcome?.made?.id}` })
})

t.test('what may not be called, or does not fit, gets no ticket', async t => {
  const make = async (operation: string, input: object, client = admin) => await client.post('/tickets', { operation, input })
  spies.local.reset()
  t.match(await make('container.inspect', container, ann), { status: 404, body: { code: 'not-found', detail: 'no such host: local' } })
  const [denied] = await journal(1)
  t.match(denied, { operation: 'session.ticket', stage: 'denied', host: 'local', input: { operation: 'container.inspect' }, decision: { effect: 'deny', rule: 'no-grant' } })
  t.match(await make('user.list', {}, ann), { status: 403, body: { code: 'forbidden' } })
  t.equal(spies.local.bytes, 0, 'the engine heard nothing')
  t.match(await make('container.inspect', { host: 'local', id: 'no-such' }), { status: 404, body: { detail: 'no such container: no-such' } })
  t.match(await make('container.inspect', { host: 'local', id: 'a/../b', hue: 'red' }), { status: 400, body: { code: 'invalid-input', errors: [{ path: '/input/hue' }, { path: '/input/id' }] } })
  t.match(await make('container.inspect', { host: '../secret' }), { status: 400 })
  const [unfit] = await journal(1)
  t.match(unfit, { operation: 'session.ticket', stage: 'denied', host: null, outcome: { code: 'invalid-input' } })
  t.same(unfit?.input, {})
  for (const operation of ['session.login', 'session.refresh', 'session.logout', 'session.me', 'session.ticket', 'no.such']) {
    t.match(await make(operation, {}), { status: 400, body: { errors: [{ path: '/operation' }] } }, operation)
  }
  t.match(await make('image.build', { host: 'local', buildArgs: { TEXT: 'x'.repeat(66_000) } }), { status: 413, body: { code: 'too-large' } })
  t.match(await nobody.post('/tickets', { operation: 'host.list', input: {} }), unauthenticated)
})

t.test('a hundred that are not used are enough', async t => {
  await services.users.create({ username: 'max', password: ANN_PASSWORD, admin: true })
  const max = await nobody.signIn('max', ANN_PASSWORD)
  const first = await linkTo('host.list', {}, max)
  for (let made = 1; made < 100; made++) await linkTo('host.list', {}, max)
  const refused = await max.post('/tickets', { operation: 'host.list', input: {} })
  t.match(refused, { status: 429, body: { code: 'rate-limited' } })
  t.ok(Number(refused.headers.get('retry-after')) >= 1 && Number(refused.headers.get('retry-after')) <= 30)
  t.equal((await nobody.get(first.url)).status, 200)
  t.equal((await max.post('/tickets', { operation: 'host.list', input: {} })).status, 200)
})

t.test('neither tickets nor the secrets in them are ever written down', async t => {
  const secret = `s3cret-${process.pid}`
  const { url, method } = await linkTo('image.build', { host: 'local', buildArgs: { PASSWORD: secret }, registryAuth: { 'localhost:5000': { username: 'u', password: secret } } })
  const wrong = await linkTo('container.inspect', container)
  const texts = [url, wrong.url].map(link => link.split('ticket=')[1] ?? 'none')
  const answers = [
    await nobody.get(wrong.url.replace(name, 'other')),
    await nobody.upload(method, url, new Uint8Array(archive())),
    await nobody.upload(method, url, new Uint8Array(archive())),
    await nobody.get(`/no-such/%zz?ticket=${texts[1]}`),
    await nobody.get(`/no-such?ticket=${texts[1]}`),
    await nobody.send('PATCH', `/hosts/local/containers?ticket=${texts[1]}`)
  ]
  await nobody.follow(wrong.url)
  await services.journal.flush()
  const { items } = await services.journal.list({ limit: 1000 })
  const written = [logged.join(''), JSON.stringify(items), JSON.stringify(answers.map(({ text, headers }) => [text, [...headers]])), await (await admin.fetch(`${address}/metrics`)).text()].join('\n')
  t.ok(items.length > 100 && logged.length > 100)
  const files = await Promise.all((await readdir(dataDir)).map(async file => await readFile(join(dataDir, file))))
  t.ok(files.some(bytes => bytes.includes('container.copyIn')), 'the journal is among the files')
  for (const text of [...texts, secret]) t.notOk([written, ...files].some(place => place.includes(text)))
  t.notMatch(written, /cat_[\w-]{43}/, 'nor any other')
})
