import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectHttp2, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import got from 'got'
import t from 'tap'
import WebSocket from 'ws'
import { call as callEngine } from '../../scripts/lib/api.mjs'
import { certificateIn } from '../support/certificate.js'
import { ndjson } from '../support/client.js'
import { engines, image } from '../support/engines.js'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'
import { soon } from '../support/leaving.js'
import { archiveOf } from '../support/tars.js'

const run = promisify(execFile)
const { url, app, services, spies, logged } = await startGateway(t, { environment: certificateIn(t.testdir()), deadlines: { bodyMs: 500, idleMs: 500, lingerMs: 500, takeMs: 5000 } })
// Node's client counts what it has left of a refused upload for good, and gives up at ten megabytes.
const session = connectHttp2(url, { rejectUnauthorized: false, maxSessionMemory: 1000 })
t.teardown(() => { session.destroy() })

interface Answer { readonly status: number, readonly headers: IncomingHttpHeaders, readonly text: string }

interface Sent { readonly body?: Buffer | string, readonly headers?: Record<string, string | number>, readonly by?: ClientHttp2Session }

async function begin (method: string, path: string, { body, headers = {}, by = session }: Sent = {}) {
  const stream = by.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined })
  stream.on('error', () => {})
  if (body !== undefined) stream.end(body)
  const [answered] = await once(stream, 'response') as [IncomingHttpHeaders & { ':status': number }]
  return { stream, status: answered[':status'], headers: answered }
}

async function send (method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { stream, ...answer } = await begin(method, path, sent)
  return { ...answer, text: await text(stream) }
}

const json = { 'content-type': 'application/json' }
const login = await send('POST', '/api/v1/auth/login', { headers: json, body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }) })
const authorization = `Bearer ${JSON.parse(login.text).accessToken as string}`
const one = '/api/v1/hosts/local'
const call = async (method: string, path: string, body?: unknown) => {
  const { text, ...answer } = await send(method, path, { headers: { authorization, ...(body === undefined ? {} : json) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  return { ...answer, body: text === '' ? undefined : JSON.parse(text) }
}

async function running (t: { teardown: (undo: () => Promise<unknown>) => unknown }, script: string): Promise<string> {
  const { status, body } = await call('POST', `${one}/containers/run`, { image, command: ['sh', '-c', script] })
  if (status !== 201) throw new Error(JSON.stringify(body))
  t.teardown(async () => await callEngine(engines[0], 'DELETE', `/containers/${body.id}?force=true`))
  return body.id
}

t.test('HTTPS offers both, and a client takes what it knows', async t => {
  t.equal(session.alpnProtocol, 'h2')
  for (const [flag, version] of [['--http2', '2'], ['--http1.1', '1.1'], ['--no-alpn', '1.1']] as const) {
    const { stdout } = await run('curl', ['-sk', '--noproxy', '*', flag, '-w', '%{http_version}', '-o', '/dev/null', `${url}/healthz`])
    t.equal(stdout, version, flag)
  }
  const client = got.extend({ http2: true, https: { rejectUnauthorized: false }, headers: { authorization } })
  const answers = await Promise.all(Array.from({ length: 20 }, async () => await client(`${url.replace('127.0.0.1', 'localhost')}${one}/containers?all=true`)))
  t.ok(answers.every(({ statusCode, request }) => statusCode === 200 && request.options.http2))
})

t.test('calls, refusals and GraphQL', async t => {
  t.match(await call('GET', '/api/v1/auth/me'), { status: 200, body: { username: 'admin' }, headers: { 'content-type': /json/, 'x-request-id': /./ } })
  t.match(await call('POST', `${one}/containers`, { image, name: '/' }), { status: 400, body: { code: 'invalid-input' } })
  t.match(await call('GET', `${one}/containers/nothing`), { status: 404, body: { code: 'not-found' } })
  t.match(await send('GET', '/api/v1/auth/me'), { status: 401, headers: { 'www-authenticate': /Bearer/ } })
  t.match(await call('GET', `${one}/containers/nothing/attach`), { status: 426, body: { code: 'upgrade-required' } })
  t.match(await call('GET', `/${'x'.repeat(9000)}`), { status: 413 })
  t.match(await call('POST', '/graphql', { query: '{ hosts { items { name } } }' }), { status: 200, body: { data: { hosts: { items: [{ name: 'local' }, { name: 'other' }] } } } })
  t.equal((await call('DELETE', `${one}/containers/nothing`)).status, 404)
  await services.journal.flush()
  t.match((await services.journal.list({ operation: 'container.inspect', limit: 1 })).items, [{ client: { address: '127.0.0.1' } }])
  t.notOk(logged.some(line => /UnsupportedWarning|ERR_HTTP2/.test(line)))
  t.ok(logged.filter(line => line.includes('"answered"')).every(line => line.includes('"address":"127.0.0.1"')), 'and the log knows from where')
})

t.test('uploads and downloads', async t => {
  const id = await running(t, 'sleep 600')
  const data = Buffer.alloc(8 * 1024 * 1024, 'caisson ')
  const tar = archiveOf({ name: 'large', data })
  const at = `${one}/containers/${id}/files?path=/tmp`
  for (const [what, headers] of [['with a length', { 'content-length': tar.length }], ['without one', {}]] as const) {
    t.match(await send('PUT', at, { headers: { authorization, 'content-type': 'application/x-tar', ...headers }, body: tar }), { status: 200 }, what)
    const { stream, status } = await begin('GET', `${at}/large`, { headers: { authorization } })
    t.equal(status, 200)
    let size = 0
    for await (const chunk of stream) size += (chunk as Buffer).length
    t.ok(size > data.length, what)
  }
})

t.test('what is refused of an upload', async t => {
  const path = `${one}/containers/nothing/files?path=/tmp`
  for (const [what, headers, status] of [['who has no token', {}, 401], ['no such container', { authorization }, 404]] as const) {
    const { stream, ...answer } = await begin('PUT', path, { headers: { ...headers, 'content-type': 'application/x-tar' }, body: Buffer.alloc(4 * 1024 * 1024) })
    t.equal(answer.status, status, what)
    t.match(await text(stream), /"code"/)
    if (!stream.closed) await once(stream, 'close')
    t.equal(stream.rstCode, constants.NGHTTP2_NO_ERROR, 'and the rest is not wanted')
  }
  const id = await running(t, 'sleep 600')
  const climbing = Buffer.concat([archiveOf({ name: '../x', data: 'x' }), Buffer.alloc(4 * 1024 * 1024)])
  const halfway = await send('PUT', path.replace('nothing', id), { headers: { authorization, 'content-type': 'application/x-tar' }, body: climbing })
  t.match(halfway, { status: 400, text: /invalid-input/ }, 'that was read in part')
  t.match(await call('GET', '/api/v1/auth/me'), { status: 200 }, 'the session goes on')
})

t.test('a body that does not come', async t => {
  for (const [path, type] of [['/api/v1/auth/login', 'application/json'], [`${one}/images/import`, 'application/x-tar']] as const) {
    const stream = session.request({ ':method': 'POST', ':path': path, authorization, 'content-type': type }, { endStream: false })
    stream.on('error', () => {})
    stream.write(Buffer.alloc(1024))
    const [answered] = await once(stream, 'response') as [{ ':status': number }]
    let told = ''
    stream.on('data', chunk => { told += String(chunk) })
    await new Promise(resolve => stream.once('close', resolve))
    t.match({ status: answered[':status'], told }, { status: 408, told: /too-slow/ })
  }
})

t.test('100 Continue', async t => {
  const expecting = (path: string) => ['-sk', '--noproxy', '*', '--http2', '-H', 'Expect: 100-continue', '-X', 'PUT', '-H', `Authorization: ${authorization}`, '-H', 'Content-Type: application/x-tar', '--data-binary', '@-', '-w', '\n%{http_code}', url + path]
  const refused = run('curl', expecting(`${one}/containers/nothing/files?path=/tmp`))
  refused.child.stdin?.end(Buffer.alloc(1024 * 1024))
  t.match((await refused).stdout, /\n404$/)
})

t.test('a stream is what happens, and ends with its end', async t => {
  const id = await running(t, 'echo one; sleep 1; echo two')
  const { text, headers } = await send('GET', `${one}/containers/${id}/logs?follow=true`, { headers: { authorization } })
  t.match(headers['content-type'], 'application/x-ndjson')
  t.match(ndjson(text), [{ text: 'one' }, { text: 'two' }, { type: 'end', reason: 'exited' }])
})

t.test('who leaves lets go of the engine, and who reads nothing holds it up', async t => {
  const id = await running(t, 'yes 0123456789012345678901234567890123456789 | head -n 300000; sleep 600')
  const before = spies.local.open
  const { stream } = await begin('GET', `${one}/containers/${id}/logs?follow=true`, { headers: { authorization } })
  await once(stream, 'readable')
  t.ok(spies.local.open > before)
  stream.close(constants.NGHTTP2_CANCEL)
  t.ok(await soon(() => spies.local.open <= before))

  const memory = process.memoryUsage().rss
  const silent = await begin('GET', `${one}/containers/${id}/files?path=/`, { headers: { authorization } })
  await sleep(1000)
  t.ok(process.memoryUsage().rss - memory < 200 * 1024 * 1024)
  silent.stream.close(constants.NGHTTP2_CANCEL)
  t.ok(await soon(() => spies.local.open <= before))
})

t.test('a session whose client is gone is gone', async t => {
  const connection = connectTls({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  const other = connectHttp2(url, { createConnection: () => connection })
  other.on('error', () => {})
  const id = await running(t, 'sleep 600')
  const before = spies.local.open
  await begin('GET', `${one}/containers/${id}/logs?follow=true`, { headers: { authorization }, by: other })
  t.ok(spies.local.open > before)
  connection.destroy()
  t.ok(await soon(() => spies.local.open <= before))
})

t.test('WebSockets go on over HTTP/1.1', async t => {
  const id = await running(t, 'echo one')
  const socket = new WebSocket(`${url.replace('https', 'wss')}${one}/containers/${id}/logs?follow=true`, { headers: { authorization }, rejectUnauthorized: false })
  const messages: unknown[] = []
  socket.on('message', data => { messages.push(JSON.parse(String(data))) })
  await once(socket, 'close')
  t.match(messages, [{ text: 'one' }, { type: 'end' }])
})

t.test('a shutdown is told, and what has no words for it is broken off', async t => {
  const id = await running(t, 'echo one; sleep 600')
  const follow = async (accept: string) => await begin('GET', `${one}/containers/${id}/logs?follow=true`, { headers: { authorization, accept } })
  const [told, broken] = [await follow('application/x-ndjson'), await follow('text/plain')]
  const heard = text(told.stream)
  const cut = once(broken.stream.resume(), 'end').then(() => 'whole', (error: Error) => error.message)
  await sleep(200)
  const begun = Date.now()
  await app.close()
  t.ok(Date.now() - begun < 5000)
  t.match(ndjson(await heard).at(-1), { type: 'end', reason: 'shutdown' })
  t.match(await cut, /NGHTTP2_INTERNAL_ERROR/, 'it can\'t be taken for whole')
})

t.test('without TLS an Upgrade that nobody honours is ignored', async t => {
  const plain = await startGateway(t)
  const { stdout } = await run('curl', ['-s', '--noproxy', '*', '--http2', '-w', ' %{http_version} %{http_code}', `${plain.url}/healthz`, '-o', '-', `${plain.url}/api/v1/auth/login`, '-H', 'Content-Type: application/json', '-d', JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD })])
  t.match(stdout, /accessToken.* 1\.1 200$/)
  const asks = (method: string, path: string, upgrade: string, rest = '\r\n') => `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${plain.admin.token}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n${rest}`
  const socket = connect(Number(new URL(plain.url).port), '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  const heard: string[] = []
  for (const [what, request, expected] of [
    ['a GET', asks('GET', '/api/v1/auth/me', 'h2c'), /^HTTP\/1.1 200 [\s\S]*"username":"admin"/],
    ['a POST with a body', asks('POST', '/api/v1/grants/explain', 'h2c', 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'), /^HTTP\/1.1 400 [\s\S]*invalid-input/],
    ['TLS', asks('GET', '/api/v1/auth/me', 'TLS/1.0'), /^HTTP\/1.1 200 /],
    ['a WebSocket by POST', asks('POST', '/api/v1/auth/logout', 'websocket'), /^HTTP\/1.1 204 /],
    ['what speaks WebSocket only', asks('GET', '/api/v1/hosts/local/containers/x/attach', 'h2c'), /^HTTP\/1.1 4\d\d [\s\S]*"code"/]
  ] as const) {
    socket.write(request)
    const [answer] = await once(socket, 'data')
    heard.push(String(answer))
    t.match(heard.at(-1), expected, what)
  }
})
