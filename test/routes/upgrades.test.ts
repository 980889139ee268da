import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { until } from '../../scripts/lib/processes.mjs'
import { engines } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { startGatewayProcess } from '../support/gateway-process.js'

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']

/** A client that does no more than it is told to: it answers no close frame. */
async function dumb (t: { teardown (undo: () => void): unknown }, url: string, path: string, ...lines: string[]): Promise<{ socket: Socket, text: () => string, closed: Promise<unknown> }> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  socket.on('data', chunk => { text += chunk.toString('latin1') }).on('error', () => {})
  const closed = new Promise(resolve => socket.once('close', resolve))
  await once(socket, 'connect')
  socket.on('end', () => { socket.end() })
  t.teardown(() => { socket.destroy() })
  socket.write([path === '' ? 'GET /healthz HTTP/1.1' : `GET ${path} HTTP/1.1`, 'Host: x', ...lines, ...path === '' ? [] : ['', '']].join('\r\n'))
  return { socket, text: () => text, closed }
}

t.test('an upgrade at an address that speaks no WebSocket is an HTTP refusal', async t => {
  const { url, admin } = await startGateway(t)
  const token = `Authorization: Bearer ${admin.token}`
  for (const [what, path, lines, status] of [
    ['a list, without a token', '/api/v1/hosts', [], 401],
    ['nothing, without a token', '/nowhere', [], 401],
    ['what takes tickets, with one that is none', '/api/v1/hosts/local/containers/x/export?ticket=cat_x', [], 401],
    ['a list', '/api/v1/hosts', [token], 400],
    ['a download', '/api/v1/hosts/local/containers/x/export', [token], 400],
    ['nothing', '/nowhere', [token], 404],
    ['an address of another method', '/api/v1/auth/login', [token], 405],
    ['the health', '/healthz', [], 400],
    ['a page', '/docs', [], 400],
    ['a document', '/openapi.json', [token], 400]
  ] as const) {
    const begun = Date.now()
    const client = await dumb(t, url, path, ...UPGRADE, ...lines)
    await client.closed
    t.match(client.text(), new RegExp(`^HTTP/1.1 ${status} [^]*\r\nContent-Type: application/problem\\+json`, 'i'), what)
    t.ok(Date.now() - begun < 10_000, `${what}: and the connection is let go of`)
  }
  t.match(await admin.follow('/hosts/local/containers'), { code: 400 }, 'as a real client sees it')
  t.match(await fetch(`${url}/healthz`, { headers: { connection: 'keep-alive' } }), { status: 200 })
})

t.test('clients that answer nothing do not hold a shutdown up', async t => {
  const dataDir = t.testdir({})
  const { child, admin } = await startGatewayProcess(t, { dataDir, hosts: `local=${engines[0]?.url ?? ''}` })
  const token = `Authorization: Bearer ${admin.token}`
  const clients = [
    await dumb(t, admin.url, '/api/v1/events', token, ...UPGRADE),
    await dumb(t, admin.url, '/graphql', token, ...UPGRADE, 'Sec-WebSocket-Protocol: graphql-transport-ws'),
    await dumb(t, admin.url, '/api/v1/hosts/local/events', token)
  ]
  t.ok(await until(() => clients.every(client => /^HTTP\/1.1 (?:101|200) /.test(client.text())), 10_000), clients.map(client => client.text()).join('\n'))
  await dumb(t, admin.url, '')
  const ended = once(child, 'exit')
  const begun = Date.now()
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
  t.ok(Date.now() - begun < 9000, `${Date.now() - begun} ms`)
  t.match(clients[0]?.text(), 'shutdown', 'and they were told')
})
