import { once } from 'node:events'
import http, { type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Connection } from '../../src/engine/connection/connection.js'
import { Metrics } from '../../src/metrics/metrics.js'

/** An engine whose answers stop within: no real one does that when it is asked to. */
async function connectionTo (t: { teardown (undo: () => void): unknown }, answer: (response: ServerResponse) => void): Promise<Connection> {
  const server = http.createServer((_request, response) => { answer(response.writeHead(200, { 'content-type': 'application/json' })) })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const connection = new Connection('broken', { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, new Metrics(), { product: 'docker', version: '20.10.24', api: '1.41', containerdStore: false })
  t.teardown(() => { connection.close(); server.closeAllConnections(); server.close() })
  return connection
}

const LIST = { method: 'GET', path: '/containers/json', shared: true } as const

t.test('an answer in pieces is whole', async t => {
  const text = '[{"name":"ü€😀"},{"id":"1"}]'
  const connection = await connectionTo(t, async response => {
    for (const byte of Buffer.from(text)) { response.write(Buffer.of(byte)); await sleep(1) }
    response.end()
  })
  t.same(await connection.json(LIST), JSON.parse(text))
})

t.test('an answer that stops within is no answer in time', async t => {
  const connection = await connectionTo(t, response => { response.write('[{"id":') })
  const begun = Date.now()
  await t.rejects(connection.json({ ...LIST, deadlineMs: 300 }), { code: 'host-timeout' })
  t.ok(Date.now() - begun < 5000)
})

t.test('an answer that is cut off is a lost host', async t => {
  const connection = await connectionTo(t, response => { response.write('[{"id":', () => { response.destroy() }) })
  await t.rejects(connection.json(LIST), { code: 'host-unreachable' })
})

t.test('an answer of what is no JSON is the engine\'s failure', async t => {
  const connection = await connectionTo(t, response => { response.end('[{"id":') })
  await t.rejects(connection.json(LIST), { code: 'engine-error' })
})
