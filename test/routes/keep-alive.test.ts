import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import WebSocket, { WebSocketServer } from 'ws'
import { keepAlive } from '../../src/routes/http/keep-alive.js'

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
await once(server, 'listening')
t.teardown(() => { server.close() })
server.on('connection', socket => { keepAlive(socket, 50) })

async function peer (answers: boolean): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong: answers })
  t.teardown(() => { socket.terminate() })
  await once(socket, 'open')
  return socket
}

t.test('a peer that answers stays', async t => {
  const socket = await peer(true)
  let pings = 0
  socket.on('ping', () => { pings++ })
  await sleep(500)
  t.ok(pings > 3)
  t.equal(socket.readyState, WebSocket.OPEN)
})

t.test('one that does not is let go of', async t => {
  const socket = await peer(false)
  const [code] = await once(socket, 'close')
  t.equal(code, 1006)
})
