import { randomUUID } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import { engines, image } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'
import { endOfJob } from '../support/surfaces.js'
import { archiveOf } from '../support/tars.js'

const [engine] = engines
const gateway = await startGateway(t)
const { admin, spies: { local: spy } } = gateway
const name = `uploads-${process.pid}`
await ask(engine, 'POST', `/containers/create?name=${name}`, { json: { Image: image, Cmd: ['sleep', '60'] } })
t.teardown(async () => { await call(engine, 'DELETE', `/containers/${name}?force=true`) })
t.beforeEach(() => { spy.reset() })

const FILES = `/hosts/local/containers/${name}/files?path=/tmp`
const IMPORT = '/hosts/local/images/import'
const under = (key: string) => ({ 'idempotency-key': key })
const asJob = (key: string) => ({ ...under(key), prefer: 'respond-async' })
const fileTar = (data: string) => new Uint8Array(tar([{ path: 'sent', data }]))
const copy = async (key: string, data: string) => await admin.upload('PUT', FILES, fileTar(data), under(key))
const uploads = () => spy.requests.filter(({ method, url }) => method === 'PUT' || url.includes('/images/create') || url.includes('/build'))
const text = async (path: string) => (await call(engine, 'GET', `/containers/${name}/archive?path=/tmp/${path}`)).text

/** A body that is sent as far as the test wants. */
function half (bytes: Uint8Array) {
  const body = new PassThrough()
  body.write(bytes.subarray(0, 600))
  return { body, web: Readable.toWeb(body) as ReadableStream, rest: bytes.subarray(600) }
}

t.test('the same content under a key is sent to the engine once, and answered again', async t => {
  const key = randomUUID()
  const sent = { status: 200, body: { entries: 1, bytes: 3, unterminated: false } }
  t.match(await copy(key, 'one'), sent)
  t.equal(uploads().length, 1)
  await call(engine, 'PUT', `/containers/${name}/archive?path=/tmp`, { body: tar([{ path: 'sent', data: 'of another' }]), type: 'application/x-tar' })
  spy.reset()
  t.match(await copy(key, 'one'), sent)
  const other = await copy(key, 'two')
  t.match(other, { status: 409, body: { code: 'conflict', detail: /with another content/ } })
  t.match(await admin.upload('PUT', `${FILES}/other`, fileTar('one'), under(key)), { status: 409, body: { detail: /other inputs/ } })
  t.equal(spy.bytes, 0, 'the engine heard nothing')
  t.match(await text('sent'), /of another/, 'and nothing was written again')
  await gateway.services.journal.flush()
  t.match((await admin.get('/audit?operation=container.copyIn&limit=4')).body.items, [{ outcome: { code: 'conflict' } }, { outcome: { code: 'conflict', repeatOf: String } }, { outcome: { code: null, repeatOf: String } }, { outcome: { code: null } }])
})

t.test('at a link as well', async t => {
  const { data } = await admin.graphql(`mutation { containerCopyIn(host: "local", id: "${name}", path: "/tmp") { url } }`)
  const key = randomUUID()
  t.equal((await gateway.nobody.upload('PUT', data.containerCopyIn.url, fileTar('one'), under(key))).status, 200)
  spy.reset()
  t.equal((await copy(key, 'one')).status, 200, 'it is the same call')
  t.equal(spy.bytes, 0)
})

t.test('while it is under way a repeat is told to wait', async t => {
  const key = randomUUID()
  const { body, web, rest } = half(fileTar('slow'))
  const first = admin.upload('PUT', FILES, web as RequestInit['body'] & object, under(key))
  await spy.seen(({ method }) => method === 'PUT')
  const again = await copy(key, 'slow')
  t.match(again, { status: 409, body: { code: 'conflict', detail: /under way/, retryAfterSeconds: 1 } })
  t.equal(again.headers.get('retry-after'), '1')
  body.end(rest)
  t.equal((await first).status, 200)
  t.equal((await copy(key, 'slow')).status, 200)
  t.equal(uploads().length, 1)
})

t.test('what did not arrive whole leaves the key free, and the client\'s leaving is no fault of the gateway\'s', async t => {
  const key = randomUUID()
  const { body, web } = half(fileTar('cut'))
  const controller = new AbortController()
  const first = admin.fetch(admin.address(FILES), { method: 'PUT', body: web, duplex: 'half', signal: controller.signal, headers: { 'content-type': 'application/x-tar', ...under(key) } } as RequestInit)
  await spy.seen(({ method }) => method === 'PUT')
  gateway.logged.length = 0
  controller.abort()
  body.destroy()
  await t.rejects(first)
  while (!gateway.logged.some(line => line.includes('the client left before there was an answer'))) await sleep(20)
  const loud = gateway.logged.map(line => JSON.parse(line) as { level: number }).filter(({ level }) => level > 30)
  t.same(loud, [], 'no warning')
  let again = await copy(key, 'whole')
  for (; again.status === 409; again = await copy(key, 'whole')) await sleep(50)
  t.equal(again.status, 200)
  t.match(await text('sent'), /whole/)

  const bad = new Uint8Array(archiveOf({ name: '../out', data: 'x' }))
  const refused = async () => await admin.upload('PUT', FILES, bad, under(`${key}-bad`))
  t.match(await refused(), { status: 400, body: { code: 'invalid-input' } })
  const metrics = (await admin.fetch(`${gateway.url}/metrics`)).text()
  t.match(await metrics, /caisson_requests_total\{operation="container.copyIn",surface="rest",code="client-left"\} 1/)
})

t.test('where the host was lost behind the last byte it is not sent again', async t => {
  const key = randomUUID()
  spy.mute(({ method }) => method === 'PUT')
  const first = copy(key, 'lost')
  while (!(await text('sent')).includes('lost')) await sleep(20)
  await spy.up()
  t.equal((await first).status, 503)
  spy.reset()
  t.match(await copy(key, 'lost'), { status: 409, body: { code: 'outcome-unknown' } })
  t.equal(spy.bytes, 0)
})

t.test('an import, a load and a build are jobs under a key, begun once', async t => {
  const sent: Array<[string, Uint8Array, Uint8Array]> = [
    [`${IMPORT}?reference=caisson-test/uploads:import`, fileTar('one'), fileTar('two')],
    ['/hosts/local/images/build?tags=caisson-test/uploads:build', new Uint8Array(context(`FROM ${image}\nCMD ["one"]\n`)), new Uint8Array(context(`FROM ${image}\nCMD ["two"]\n`))]
  ]
  for (const [path, one, two] of sent) {
    const key = randomUUID()
    t.match(await admin.upload('POST', path, one, under(key)), { status: 400, body: { detail: /respond-async/ } })
    const first = await admin.upload('POST', path, one, asJob(key))
    t.equal(first.status, 202)
    t.match(await endOfJob(admin, first.body), { code: 'ok' })
    spy.reset()
    const again = await admin.upload('POST', path, one, asJob(key))
    t.match(again, { status: 202, body: { id: first.body.id, state: 'succeeded' } })
    t.match(await admin.upload('POST', path, two, asJob(key)), { status: 409, body: { detail: /another content/ } })
    t.equal(spy.bytes, 0)
  }
  await ask(engine, 'DELETE', '/images/caisson-test/uploads:import')
  await ask(engine, 'DELETE', '/images/caisson-test/uploads:build')
})
