import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Connection } from '../../src/engine/connection/connection.js'
import { engines } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const { services: { metrics }, spies } = await startGateway(t)
const to = (socketPath: string) => {
  const connection = new Connection('local', { socketPath }, metrics, { product: 'docker', version: '20.10.24', api: '1.41', containerdStore: false })
  t.teardown(async () => { connection.close() })
  return connection
}

t.test('what the engine refuses is told in its own words, and nothing stays open', async t => {
  const connection = to(spies.local.socketPath)
  const open = async (path: string, rest: object = {}) => await connection.hijack({ method: 'POST', path, ...rest }, { Detach: false, Tty: false })
  await t.rejects(open(`/exec/${'0'.repeat(64)}/start`), { code: 'not-found', detail: /No such exec instance/ })
  await t.rejects(connection.hijack({ method: 'GET', path: '/version' }), { code: 'engine-error', detail: /kept the connection/ })
  const aborted = AbortSignal.abort()
  await t.rejects(open(`/exec/${'0'.repeat(64)}/start`, { signal: aborted }), { name: 'AbortError' })
  for (let tries = 0; spies.local.open > 0 && tries < 40; tries++) await sleep(50)
  t.equal(spies.local.open, 0)
  spies.local.hang()
  await t.rejects(open(`/exec/${'0'.repeat(64)}/start`, { deadlineMs: 200 }), { code: 'host-timeout' })
  await spies.local.up()
  await spies.local.down()
  await t.rejects(open(`/exec/${'0'.repeat(64)}/start`), { code: 'host-unreachable' })
  await spies.local.up()
})

t.test('what comes in one piece with the yes is not lost, and each way ends by itself', async t => {
  // A real engine can't be made to answer in one piece: it writes its yes and its output apart.
  const socketPath = join(tmpdir(), `hijack-${process.pid}.sock`)
  let heard = ''
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    socket.once('data', head => {
      heard += head
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst ')
      socket.on('data', chunk => { heard += chunk }).once('end', () => { socket.end('last') })
    })
  })
  await once(server.listen(socketPath), 'listening')
  t.teardown(async () => { server.close(); await rm(socketPath, { force: true }) })
  const stream = await to(socketPath).hijack({ method: 'POST', path: '/exec/x/start' }, { Tty: false })
  stream.end('input')
  t.equal(await text(stream), 'first last')
  t.match(heard, /^POST \/v1\.41\/exec\/x\/start HTTP\/1\.1\r\n[^]*upgrade: tcp\r\n[^]*\{"Tty":false\}input$/i)
})

t.test('a connection that nobody reads yet may break without harm', async t => {
  const connection = to(spies.local.socketPath)
  const { Id: id } = await connection.json<{ Id: string }>({ method: 'POST', path: '/containers/create' }, { Image: engines[0].image, Cmd: ['cat'], OpenStdin: true })
  t.teardown(async () => { await connection.open({ method: 'POST', path: `/containers/${id}/kill` }).catch(() => {}) })
  const stream = await connection.hijack({ method: 'POST', path: `/containers/${id}/attach`, query: { stream: '1', stdin: '1', stdout: '1' } })
  const ended = new Promise(resolve => stream.once('end', resolve).once('close', resolve))
  await spies.local.down()
  stream.write('x')
  stream.resume()
  await ended
  stream.destroy()
  await spies.local.up()
  await connection.unary(async docker => await docker.getContainer(id).remove({ force: true }))
})
