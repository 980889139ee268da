import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import WebSocket from 'ws'
import { image } from '../test/support/engines.js'
import { startGateway } from '../test/support/gateway.js'

/** Longer than a reader may take nothing, and shorter than it is given to read why it was ended. */
const STALL_MS = 45_000

t.test('a subscription that is not read is closed with 4408, and lets go of the engine', { timeout: 120_000 }, async t => {
  const { admin, services } = await startGateway(t)
  // More than the system keeps for a reader that does not read.
  const flood = 'head -c 40000000 /dev/zero | tr "\\0" x | fold -w 2000; sleep 600'
  const { body: { id } } = await admin.post('/hosts/local/containers/run', { image, name: `slow-subscription-${process.pid}`, command: ['sh', '-c', flood] })
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${id}?force=true`))
  const socket = new WebSocket(`${admin.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers: admin.headers })
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  await once(socket, 'message')
  const query = `subscription { containerLogs(host: "local", id: "${id}", follow: true) { ... on LogEvent { type text } } }`
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  await once(socket, 'message')
  socket.pause()
  const closed = once(socket, 'close')
  await sleep(STALL_MS)
  const { feeds } = services.hosts.get('local').containers
  t.equal(feeds.logs, 0, 'nobody follows the log any more')
  socket.resume()
  const [code, reason] = await closed
  t.same([code, String(reason)], [4408, 'too-slow'])
})
