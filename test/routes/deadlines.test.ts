import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import { operations } from '../../src/operations/index.js'
import { HTTP_TIMEOUTS, addHttpTimeouts } from '../../src/routes/http/timeouts.js'
import { sendProblem } from '../../src/routes/problem.js'
import { image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const QUICK = { bodyMs: 400, idleMs: 400, lingerMs: 400, takeMs: 400 }
const { app, url, admin, services } = await startGateway(t, { deadlines: QUICK })

interface Wire { readonly socket: Socket, text (): string, readonly closed: Promise<unknown> }

/** A socket of one's own, for what no proper client does. */
async function wire (text: string, to = url): Promise<Wire> {
  const socket = connect(Number(new URL(to).port), '127.0.0.1')
  let heard = ''
  socket.on('data', chunk => { heard += String(chunk) }).on('error', () => {})
  const closed = new Promise(resolve => socket.once('close', resolve))
  await once(socket, 'connect')
  socket.write(text)
  t.teardown(() => { socket.destroy() })
  return { socket, closed, text: () => heard }
}

const head = (method: string, path: string, ...lines: string[]) => [`${method} ${path} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n')
const token = `Authorization: Bearer ${admin.token}`
const JSON_TYPE = 'Content-Type: application/json'

/** One byte after another, until the socket is gone. */
async function trickle ({ socket }: Wire, byte = 'x'): Promise<void> {
  while (!socket.destroyed) { socket.write(byte); await sleep(50) }
}

t.test('what is told when nobody sets it otherwise', async t => {
  t.same(HTTP_TIMEOUTS, { bodyMs: 60_000, idleMs: 30_000, lingerMs: 10_000, takeMs: 30_000 })
  t.match(app.server, { headersTimeout: 20_000, requestTimeout: 0, maxConnections: 10_000, maxRequestsPerSocket: 10_000 })
})

t.test('a body that does not come is 408, and the connection ends', async t => {
  for (const [what, path, lines] of [
    ['a stranger\'s', '/api/v1/auth/login', []],
    ['an operation\'s', '/api/v1/hosts/local/containers', [token]],
    ['GraphQL\'s', '/graphql', [token]]
  ] as const) {
    const begun = Date.now()
    const client = await wire(head('POST', path, JSON_TYPE, 'Content-Length: 1000', ...lines) + '{')
    await client.closed
    t.match(client.text(), /^HTTP\/1.1 408 [\s\S]*"code":"too-slow"[\s\S]*within 0.4 seconds/, what)
    t.ok(Date.now() - begun < 3000, what)
  }
})

t.test('nor does it help to send a byte now and then, in chunks or not', async t => {
  for (const [lines, body, more] of [[['Content-Length: 10000'], '{', ' '], [['Transfer-Encoding: chunked'], '1\r\n{\r\n', '1\r\n \r\n']] as const) {
    const client = await wire(head('POST', '/api/v1/auth/login', JSON_TYPE, ...lines) + body)
    void trickle(client, more)
    await client.closed
    t.match(client.text(), /^HTTP\/1.1 408 /)
  }
})

t.test('a body that nobody wants does not hold the connection either', async t => {
  for (const [what, method, path, type, status] of [
    ['of a GET', 'GET', '/healthz', 'application/json', 200],
    ['of who has no token', 'POST', '/api/v1/hosts', 'application/json', 401],
    ['of a type that is not taken', 'POST', '/api/v1/auth/login', 'text/plain', 415],
    ['that is too large', 'POST', '/api/v1/auth/login', 'application/json', 413]
  ] as const) {
    const client = await wire(head(method, path, `Content-Type: ${type}`, 'Content-Length: 100000') + '{')
    void trickle(client)
    await client.closed
    t.match(client.text(), new RegExp(`^HTTP/1.1 ${status} `), `${what}: and the answer was there`)
  }
})

t.test('a body in parts, in time, is read', async t => {
  const body = JSON.stringify({ username: 'admin', password: 'correct horse battery staple' })
  const client = await wire(head('POST', '/api/v1/auth/login', JSON_TYPE, `Content-Length: ${body.length}`, 'Connection: close') + body.slice(0, 10))
  await sleep(100)
  client.socket.write(body.slice(10))
  await client.closed
  t.match(client.text(), /^HTTP\/1.1 200 [\s\S]*accessToken/)
})

const IMPORT = head('POST', `/api/v1/hosts/local/images/import?reference=deadlines/${process.pid}:1`, token, 'Content-Type: application/x-tar', 'Transfer-Encoding: chunked')
const KILOBYTE = `400\r\n${'\0'.repeat(1024)}\r\n`

async function lastImport () {
  await services.journal.flush()
  return (await services.journal.list({ operation: 'image.import', limit: 1 })).items[0]
}

t.test('an upload may take longer than that, but not be silent', async t => {
  const client = await wire(IMPORT)
  for (let sent = 0; sent < 8; sent++) { client.socket.write(KILOBYTE); await sleep(100) }
  client.socket.write('0\r\n\r\n')
  while (!client.text().includes('"type":"end"')) await sleep(20)
  t.match(client.text(), /^HTTP\/1.1 200 /, 'eight tenths of a second')
  client.socket.destroy()
  await admin.delete(`/hosts/local/images/${encodeURIComponent(`deadlines/${process.pid}:1`)}?force=true`)

  const silent = await wire(IMPORT + KILOBYTE)
  await silent.closed
  t.match(silent.text(), /^HTTP\/1.1 408 [\s\S]*"code":"too-slow"/)
  t.match(await lastImport(), { stage: 'completed', outcome: { code: 'too-slow', end: 'error' } })
})

t.test('a client that leaves within its upload has left, and the host is not blamed', async t => {
  const client = await wire(IMPORT + KILOBYTE)
  await sleep(200)
  client.socket.destroy()
  await sleep(300)
  t.match(await lastImport(), { outcome: { code: 'outcome-unknown', end: 'client-left' } })
})

t.test('an upload that is silent is 408; one whose reader is slow is not silent', async t => {
  const bare = Fastify()
  t.teardown(async () => { await bare.close() })
  bare.setErrorHandler(async (error, request, reply) => { await sendProblem(request, reply, error) })
  bare.addContentTypeParser('application/x-tar', (_request, payload, done) => { done(null, payload) })
  addHttpTimeouts(bare, QUICK)
  bare.post('/', { config: { operation: operations.get('image.import') } }, async request => {
    await sleep(1000)
    return { bytes: (await buffer(request.body as Readable)).length }
  })
  const address = await bare.listen({ port: 0, host: '127.0.0.1' })

  const upload = head('POST', '/', 'Content-Type: application/x-tar', 'Transfer-Encoding: chunked', 'Connection: close')
  const large = await wire(upload + KILOBYTE.repeat(2000) + '0\r\n\r\n', address)
  await large.closed
  t.match(large.text(), /^HTTP\/1.1 200 [\s\S]*{"bytes":2048000}/)

  const silent = await wire(upload + KILOBYTE, address)
  await silent.closed
  t.match(silent.text(), /^HTTP\/1.1 408 [\s\S]*"code":"too-slow"[\s\S]*nothing of the upload arrived for 0.4 seconds/)
})

t.test('a body that nobody read is let go of behind the answer', async t => {
  const bare = Fastify({ bodyLimit: 10 })
  t.teardown(async () => { await bare.close() })
  const bodies: Readable[] = []
  addHttpTimeouts(bare)
  bare.addHook('preParsing', async (_request, _reply, payload: Readable) => { bodies.push(payload); return payload })
  bare.post('/', async () => 'ok')
  const address = await bare.listen({ port: 0, host: '127.0.0.1' })
  for (const body of ['"longer than ten"', '"short"']) {
    await (await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text()
  }
  await sleep(50)
  t.same(bodies.map(({ destroyed }) => destroyed), [true, true])
})

t.test('headers that do not come', async t => {
  app.server.headersTimeout = 500
  t.teardown(() => { app.server.headersTimeout = 20_000 })
  const some = await wire('GET /healthz HTTP/1.1\r\nHost: x\r\n')
  const none = await wire('')
  await Promise.all([some.closed, none.closed])
  t.match(some.text(), /^HTTP\/1.1 408 [\s\S]*application\/problem\+json[\s\S]*"code":"too-slow"/)
})

t.test('what is too large before there is a body', async t => {
  const long = await wire(head('GET', `/healthz?${'x'.repeat(9000)}`, 'Connection: close'))
  await long.closed
  t.match(long.text(), /^HTTP\/1.1 413 [\s\S]*"code":"too-large"[\s\S]*8192 are the most/)
  const headers = await wire(head('GET', '/healthz', `X-A: ${'x'.repeat(20_000)}`))
  await headers.closed
  t.match(headers.text(), /^HTTP\/1.1 413 [\s\S]*"code":"too-large"/)
  const nonsense = await wire('hello?\r\n\r\n')
  await nonsense.closed
  t.match(nonsense.text(), /^HTTP\/1.1 400 [\s\S]*"code":"invalid-input"/)
})

t.test('who has no token may send sixteen kilobytes', async t => {
  const words = 'x'.repeat(17 * 1024)
  t.match(await admin.post('/auth/login', { username: 'admin', password: words }), { status: 413, body: { code: 'too-large' } })
  t.match(await admin.post('/auth/refresh', { refreshToken: words }), { status: 413, body: { code: 'too-large' } })
  t.match(await admin.post('/hosts/local/containers', { image, labels: { words }, colour: 'red' }), { status: 400 }, 'others more')
})
