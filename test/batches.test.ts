import { createServer, get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sendInBatches } from '../src/batches.js'

/** What a client gets of a source, over a real connection, and how the pipeline ended. */
async function answered (t: Test, source: Readable): Promise<{ answer: IncomingMessage, ended: Promise<NodeJS.ErrnoException | null> }> {
  let end: (error: NodeJS.ErrnoException | null) => void = () => {}
  const ended = new Promise<NodeJS.ErrnoException | null>(resolve => { end = resolve })
  const server = createServer((_request, message) => {
    message.flushHeaders()
    sendInBatches(source, message, end)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const [answer] = await once(get({ port: (server.address() as AddressInfo).port }), 'response') as [IncomingMessage]
  return { answer, ended }
}

t.test('all bytes, in their order, whatever the pieces', async t => {
  const pieces = Array.from({ length: 5000 }, (_, nth) => Buffer.alloc(nth * 37 % 4000, nth % 251))
  const { answer, ended } = await answered(t, Readable.from(pieces, { objectMode: false }))
  t.ok((await buffer(answer)).equals(Buffer.concat(pieces)))
  t.equal(await ended, null)
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
  await sleep(500)
  const held = given
  await sleep(200)
  t.equal(given, held, 'nothing more is read')
  t.ok(held < 500, `${held} pieces`)
  t.equal((await buffer(answer)).length, 1000 * PIECE)
  t.equal(await ended, null)
})

t.test('a source that breaks, breaks the answer; a reader that leaves ends the source', async t => {
  const broken = new Readable({ read () {} })
  const first = await answered(t, broken)
  broken.push('begun')
  await once(first.answer, 'data')
  broken.destroy(new Error('the disk is gone'))
  await t.rejects(buffer(first.answer), { code: 'ECONNRESET' })
  t.match(await first.ended, { message: 'the disk is gone' })

  const endless = new Readable({ read () { this.push(Buffer.alloc(1000)) } })
  const second = await answered(t, endless)
  second.answer.destroy()
  t.match(await second.ended, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  t.ok(endless.destroyed)
})
