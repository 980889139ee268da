import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import got from 'got'
import t from 'tap'
import { root } from '../../scripts/lib/setup.mjs'
import { startGateway } from '../support/gateway.js'
import { archiveOf } from '../support/tars.js'
import { image } from '../support/engines.js'

const run = promisify(execFile)
const LINGER_MS = 1500
const { url, admin, ann, spies } = await startGateway(t, { deadlines: { bodyMs: 5000, idleMs: 5000, lingerMs: LINGER_MS, takeMs: 5000 } })

const MEGABYTE = Buffer.alloc(1024 * 1024)
const NOWHERE = '/api/v1/hosts/local/containers/nothing/files?path=/tmp'
const authorized = { authorization: `Bearer ${ann.token}`, 'content-type': 'application/x-tar' }
const megabytes = (count: number) => Readable.from((function * () { for (let nth = 0; nth < count; nth++) yield MEGABYTE })())

interface Told { readonly status: number, readonly code: string, readonly connection?: string, readonly port?: number }

/** A call by Node's own client, over an agent that keeps its connections. */
async function call (agent: Agent, method: string, path: string, body?: Readable, headers: Record<string, string | number> = {}): Promise<Told> {
  const outgoing = request(url + path, { agent, method, headers: { ...authorized, ...headers } })
  // Of a body that is not wanted: the answer is what counts.
  outgoing.on('error', () => {})
  if (body === undefined) outgoing.end()
  else body.pipe(outgoing)
  const [response] = await once(outgoing, 'response')
  const port = response.socket.localPort
  const { code } = await json(response) as { code: string }
  return { status: response.statusCode, code, connection: response.headers.connection, port }
}

t.test('a refused upload, by Node\'s agent: the answer comes, and the next call as well', async t => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => { agent.destroy() })
  const first = await call(agent, 'GET', '/api/v1/auth/me')
  const small = await call(agent, 'PUT', NOWHERE, Readable.from([MEGABYTE.subarray(0, 200_000)]), { 'content-length': 200_000 })
  t.match(small, { status: 404, code: 'not-found', connection: 'keep-alive', port: first.port }, 'a small one keeps its connection')
  t.match(await call(agent, 'GET', '/api/v1/auth/me'), { status: 200, port: first.port })
  await sleep(LINGER_MS + 200)
  t.match(await call(agent, 'GET', '/api/v1/auth/me'), { status: 200, port: first.port }, 'for good')
  for (const [what, body, headers] of [['with a length', megabytes(8), { 'content-length': 8 * MEGABYTE.length }], ['in chunks', megabytes(80), {}]] as const) {
    t.match(await call(agent, 'PUT', NOWHERE, body, headers), { status: 404, code: 'not-found', connection: 'close' }, what)
    t.match(await call(agent, 'GET', '/api/v1/auth/me'), { status: 200 }, what)
  }
})

t.test('by got', async t => {
  const agent = { http: new Agent({ keepAlive: true, maxSockets: 1 }) }
  t.teardown(() => { agent.http.destroy() })
  const client = got.extend({ agent, headers: authorized, throwHttpErrors: false, retry: { limit: 0 } })
  for (const [what, body] of [['small', MEGABYTE.subarray(0, 200_000)], ['large', Buffer.alloc(8 * MEGABYTE.length)], ['in chunks', megabytes(20)]] as const) {
    const refused = await client.put(url + NOWHERE, { body })
    t.match({ status: refused.statusCode, text: refused.body }, { status: 404, text: '"not-found"' }, what)
    t.equal((await client(`${url}/api/v1/auth/me`)).statusCode, 200, what)
  }
})

t.test('by python3-requests', async t => {
  const { stdout } = await run('python3', [join(root, 'test/clients/refused-uploads.py'), url, ann.token ?? ''])
  t.same(JSON.parse(stdout), [[404, 'not-found', 'keep-alive'], [200], [404, 'not-found', 'close'], [200], [404, 'not-found', 'close'], [200]])
})

t.test('the connection ends in two steps', async t => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  let heard = ''
  socket.on('error', () => {}).on('data', chunk => { heard += String(chunk) })
  socket.write(`PUT ${NOWHERE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Type: application/x-tar\r\nContent-Length: 5000000\r\n\r\n`)
  const closed = once(socket, 'close')
  const begun = Date.now()
  await once(socket, 'end')
  t.ok(Date.now() - begun < LINGER_MS / 2, 'ours at once')
  t.match(heard, /^HTTP\/1.1 404 [\s\S]*Connection: close[\s\S]*"code":"not-found"/i)
  await closed
  t.ok(Date.now() - begun < LINGER_MS * 2, 'the client\'s by itself, or when its time is over')
})

const curl = async (path: string, ...more: string[]) => {
  const { stdout, stderr } = await run('curl', ['-sv', '--noproxy', '*', '-X', 'PUT', '-H', 'Expect: 100-continue', '--expect100-timeout', '5', '-H', 'Content-Type: application/x-tar', '-w', '\n%{size_upload} %{http_code}', url + path, ...more], { encoding: 'latin1' })
  return { continued: /^< HTTP\/1.1 100/m.test(stderr), end: stdout.split('\n').at(-1) }
}

t.test('100 Continue comes when somebody reads the body, and not where the answer is a refusal', async t => {
  const tar = join(t.testdir({ 'a.tar': archiveOf({ name: 'a', data: 'x'.repeat(100_000) }) }), 'a.tar')
  t.same(await curl(NOWHERE, '-T', tar), { continued: false, end: '0 401' }, 'who has no token')
  t.same(await curl(NOWHERE, '-T', tar, '-H', `Authorization: Bearer ${ann.token}`), { continued: false, end: '0 404' }, 'who has no right')
  const { body: { id } } = await admin.post('/hosts/local/containers', { image, command: ['true'] })
  t.teardown(async () => { await admin.delete(`/hosts/local/containers/${id}`) })
  t.same(await curl(NOWHERE.replace('nothing', id), '-T', tar, '-H', `Authorization: Bearer ${admin.token}`), { continued: true, end: '101888 200' })
  const login = await run('curl', ['-s', '--noproxy', '*', '-w', '\n%{http_code}', '-H', 'Expect: 100-continue', '-H', 'Content-Type: application/json', '-d', '{}', `${url}/api/v1/auth/login`])
  t.match(login.stdout, /\n400$/, 'a body of JSON is read, too')
  t.ok(spies.local.bytes > 0)
})
