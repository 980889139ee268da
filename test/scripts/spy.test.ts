import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { engines, image } from '../support/engines.js'
import { startSpy } from '../support/spy.js'

const [engine] = engines

t.test('a spy records every request and passes the answer on', async t => {
  const spy = await startSpy(engine.socketPath)
  t.teardown(spy.close)
  const version = await ask(spy, 'GET', '/version?x=1')
  t.match(version.ApiVersion, /^1\./)
  await call(spy, 'POST', '/containers/none/start', { json: { long: 'x'.repeat(1000) } })
  t.same(spy.requests, [{ method: 'GET', url: '/version?x=1' }, { method: 'POST', url: '/containers/none/start' }])
  t.ok(spy.bytes > 1000)
  spy.reset()
  t.same([spy.requests, spy.bytes, spy.connections], [[], 0, 0])
})

t.test('several requests on one connection: pipelined, chunked, cut anywhere', async t => {
  const spy = await startSpy(engine.socketPath)
  t.teardown(spy.close)
  const socket = connect(spy.socketPath)
  const text = [
    'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /images/create?fromSrc=none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n0a;ext=1\r\n/x HTTP/1.\r\n0\r\n\r\n',
    'POST /auth HTTP/1.1\r\nhost: x\r\ncontent-length: 18\r\n\r\nGET /no HTTP/1.1\r\n',
    'GET /_ping?last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  ].join('')
  for (const byte of text) {
    socket.write(byte)
    await sleep(0)
  }
  socket.resume()
  await once(socket, 'close')
  t.same(spy.requests.map(one => one.url), ['/_ping', '/images/create?fromSrc=none', '/auth', '/_ping?last'])
})

t.test('a large body goes up and a large answer comes down', async t => {
  const spy = await startSpy(engine.socketPath)
  t.teardown(spy.close)
  const made = await ask(engine, 'POST', '/containers/create', { json: { Image: image, Cmd: ['sleep', '1'] } })
  t.teardown(() => call(engine, 'DELETE', `/containers/${made.Id}?force=true`))
  const { tar } = await import('../../scripts/lib/tar.mjs')
  const archive = tar([{ path: 'big', data: Buffer.alloc(20_000_000, 7) }])
  const { status } = await call(spy, 'PUT', `/containers/${made.Id}/archive?path=/`, { body: archive, type: 'application/x-tar' })
  t.equal(status, 200)
  const outgoing = request({ socketPath: spy.socketPath, path: `/containers/${made.Id}/archive?path=/big`, agent: false }).end()
  const [answer] = await once(outgoing, 'response')
  await sleep(200) // nobody reads: the engine has to wait, not this process's memory
  let size = 0
  for await (const chunk of answer) size += chunk.length
  t.ok(size > 20_000_000)
  t.equal(spy.requests.length, 2)
})

t.test('a hijacked connection carries bytes both ways, and its stdin ends before its output', async t => {
  const spy = await startSpy(engine.socketPath)
  t.teardown(spy.close)
  const made = await ask(engine, 'POST', '/containers/create', { json: { Image: image, Cmd: ['sh', '-c', 'cat; sleep 0.2; echo GET /later'], OpenStdin: true, StdinOnce: true, AttachStdin: true } })
  t.teardown(() => call(engine, 'DELETE', `/containers/${made.Id}?force=true`))
  const outgoing = request({ socketPath: spy.socketPath, method: 'POST', path: `/containers/${made.Id}/attach?stream=1&stdin=1&stdout=1`, headers: { connection: 'Upgrade', upgrade: 'tcp' } }).end()
  const [, socket] = await once(outgoing, 'upgrade')
  await ask(engine, 'POST', `/containers/${made.Id}/start`)
  socket.end('GET /stdin HTTP/1.1\r\n\r\n')
  let text = ''
  for await (const chunk of socket) text += chunk
  t.match(text, /GET \/stdin HTTP/)
  t.match(text, /GET \/later/)
  t.equal(spy.requests.length, 1, 'stdin is not taken for a request')
})

t.test('down, up and hang', async t => {
  const spy = await startSpy(engine.socketPath)
  t.teardown(spy.close)
  const stream = request({ socketPath: spy.socketPath, path: '/events', agent: false }).end()
  const [events] = await once(stream, 'response')
  events.on('error', () => {})
  t.equal(spy.open, 1)
  const cut = new Promise(resolve => events.on('close', resolve))
  await spy.down()
  await cut
  await t.rejects(call(spy, 'GET', '/_ping'), { message: /ENOENT/ })
  await spy.up()
  t.equal((await call(spy, 'GET', '/_ping')).status, 200)
  spy.hang()
  const asked = spy.seen(one => one.url === '/version')
  await t.rejects(call(spy, 'GET', '/version', { timeoutMs: 100 }), /no answer/)
  await asked
  await spy.up()
  t.equal((await call(spy, 'GET', '/_ping')).status, 200)
})
