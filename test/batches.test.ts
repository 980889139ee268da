import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { connect, createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { CLIENT_BATCH, sendInBatches } from '../src/lib/batches.js'
import { Connection } from '../src/engine/connection/connection.js'
import { invalidInput } from '../src/lib/errors.js'
import { Metrics } from '../src/metrics/metrics.js'
import { TRANSFER_BYTES } from '../src/lib/transfer.js'

let made = 0

type Answer = (message: ServerResponse, url: string) => void

/** A server as ours is, and its port. */
async function serve (t: Test, answer: Answer): Promise<number> {
  const server = createServer({ highWaterMark: TRANSFER_BYTES }, ({ url = '' }, message) => {
    message.flushHeaders()
    answer(message, url)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return (server.address() as AddressInfo).port
}

/** What a client gets of a source, over a real connection, and how the pipeline ended. */
async function answered (t: Test, source: Readable, look: (socket: Socket) => void = () => {}): Promise<{ answer: IncomingMessage, ended: Promise<NodeJS.ErrnoException | null> }> {
  let end: (error: NodeJS.ErrnoException | null) => void = () => {}
  const ended = new Promise<NodeJS.ErrnoException | null>(resolve => { end = resolve })
  const port = await serve(t, message => {
    if (message.socket !== null) look(message.socket)
    sendInBatches(source, message, CLIENT_BATCH, end)
  })
  const [answer] = await once(get({ host: '127.0.0.1', port }), 'response') as [IncomingMessage]
  return { answer, ended }
}

/** How often a socket is written to. */
function countWrites (socket: Socket): () => number {
  let writes = 0
  const { _write, _writev } = socket
  socket._write = (...given) => { writes++; _write.apply(socket, given) }
  socket._writev = (...given) => { writes++; _writev?.apply(socket, given) }
  return () => writes
}

t.test('all bytes, in their order, whatever the pieces', async t => {
  const pieces = Array.from({ length: 5000 }, (_, nth) => Buffer.alloc(nth * 37 % 4000, nth % 251))
  const { answer, ended } = await answered(t, Readable.from(pieces, { objectMode: false }))
  t.ok((await buffer(answer)).equals(Buffer.concat(pieces)))
  t.equal(await ended, null)
})

t.test('many pieces, each of which comes by itself, leave in few writes', async t => {
  const PIECES = 2000
  let nth = 0
  const source = new Readable({ read () { setImmediate(() => { this.push(nth++ < PIECES ? Buffer.alloc(1000, nth % 251) : null) }) } })
  let writes = () => 0
  const { answer } = await answered(t, source, socket => { writes = countWrites(socket) })
  t.equal((await buffer(answer)).length, PIECES * 1000)
  t.ok(writes() < PIECES / 4, `${writes()} writes`)
})

t.test('answers behind one another on one connection are each whole', async t => {
  const sizes = [100, 0, 70_000, 1, 300_000]
  const port = await serve(t, (message, url) => {
    sendInBatches(Readable.from([Buffer.alloc(Number(url.slice(1)), 'x')], { objectMode: false }), message, CLIENT_BATCH, () => {})
  })
  const socket = connect(port, '127.0.0.1')
  socket.end(sizes.map((size, nth) => `GET /${size} HTTP/1.1\r\nHost: x\r\n${nth === sizes.length - 1 ? 'Connection: close\r\n' : ''}\r\n`).join(''))
  const text = String(await buffer(socket))
  t.equal(text.split('HTTP/1.1 200').length - 1, sizes.length)
  t.equal([...text.matchAll(/x+/g)].reduce((total, [run]) => total + run.length, 0), sizes.reduce((one, other) => one + other))
  t.equal([...text.matchAll(/\r\n0\r\n\r\n/g)].length, sizes.length, 'each has its end')
})

t.test('a little waits for no more than a moment', async t => {
  const source = new Readable({ read () {} })
  const { answer } = await answered(t, source)
  for (const word of ['one', 'two']) {
    source.push(word)
    const [chunk] = await once(answer, 'data', { signal: AbortSignal.timeout(1000) })
    t.equal(String(chunk), word)
  }
})

t.test('a reader that takes nothing holds the source up, and gets the rest later', async t => {
  const PIECE = 64 * 1024
  let given = 0
  const source = new Readable({ read () { this.push(given++ < 1000 ? Buffer.alloc(PIECE, given % 251) : null) } })
  const { answer, ended } = await answered(t, source)
  answer.pause()
  let held = -1
  for (let tries = 0; held !== given && tries < 50; tries++) { held = given; await sleep(200) }
  t.equal(given, held, 'nothing more is read')
  t.ok(held < 500, `${held} pieces`)
  t.equal((await buffer(answer)).length, 1000 * PIECE)
  t.equal(await ended, null)
})

t.test('a source that breaks, breaks the answer; a reader that leaves ends the source', async t => {
  const broken = new Readable({ read () {} })
  const first = await answered(t, broken)
  broken.push('begun')
  setImmediate(() => { broken.destroy(new Error('the disk is gone')) })
  let got = ''
  first.answer.on('data', chunk => { got += String(chunk) })
  await t.rejects(finished(first.answer), { code: 'ECONNRESET' })
  t.equal(got, 'begun', 'what came before is the reader\'s')
  t.match(await first.ended, { message: 'the disk is gone' })

  const endless = new Readable({ read () { this.push(Buffer.alloc(1000)) } })
  const second = await answered(t, endless)
  second.answer.destroy()
  t.match(await second.ended, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  t.ok(endless.destroyed)
})

/** Something that listens in an engine's place and hears bytes as they come: how often, and when, no real one tells. */
async function listen (t: Test, hear: (socket: Socket) => void): Promise<Connection> {
  const socketPath = join(tmpdir(), `batches-${process.pid}-${made++}.sock`)
  const server = createSocketServer(hear).listen(socketPath)
  await once(server, 'listening')
  const connection = new Connection('local', { socketPath }, new Metrics(), { product: 'docker', version: '20.10.24', api: '1.41', containerdStore: false })
  t.teardown(() => { connection.close(); server.close() })
  return connection
}

t.test('an upload of many pieces, each of which comes by itself, is whole and comes in few reads', async t => {
  const PIECES = 2000
  let nth = 0
  const source = new Readable({ read () { setImmediate(() => { this.push(nth++ < PIECES ? Buffer.alloc(1000, 'x') : null) }) } })
  let reads = 0
  let heard = ''
  const connection = await listen(t, socket => {
    socket.on('data', chunk => {
      reads++
      heard += chunk.toString('latin1')
      if (heard.endsWith('\r\n0\r\n\r\n')) socket.end('HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  const answer = await connection.open({ method: 'PUT', path: '/', body: source })
  t.equal(answer.resume().statusCode, 204)
  t.equal([...heard.matchAll(/x+/g)].reduce((total, [run]) => total + run.length, 0), PIECES * 1000)
  t.ok(reads < PIECES / 4, `${reads} reads`)
})

t.test('an engine that takes nothing of an upload holds the source up; one that leaves ends it', async t => {
  let given = 0
  const source = new Readable({ read () { given++; this.push(Buffer.alloc(64 * 1024)) } })
  let come: (socket: Socket) => void = () => {}
  const arrived = new Promise<Socket>(resolve => { come = resolve })
  const connection = await listen(t, socket => { come(socket.pause()) })
  const refused = t.rejects(connection.open({ method: 'PUT', path: '/', body: source }), { code: 'host-unreachable' })
  const taken = await arrived
  let held = -1
  for (let tries = 0; held !== given && tries < 50; tries++) { held = given; await sleep(200) }
  t.equal(given, held, 'nothing more is read')
  t.ok(held < 500, `${held} pieces`)
  taken.destroy()
  await refused
  t.ok(source.destroyed)
})

t.test('what is wrong with an upload is told as that, and the engine is let go of', async t => {
  const source = new Readable({ read () {} })
  source.push('begun')
  let gone: () => void = () => {}
  const left = new Promise<void>(resolve => { gone = resolve })
  const connection = await listen(t, socket => { socket.on('data', () => { source.destroy(invalidInput('it climbs out')) }).on('error', () => {}).once('close', gone) })
  await t.rejects(connection.open({ method: 'PUT', path: '/', body: source }), { code: 'invalid-input', detail: 'it climbs out' })
  await left
})
