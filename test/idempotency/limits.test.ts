import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Users } from '../../src/auth/users.js'
import { conflict, engineError, hostUnreachable } from '../../src/lib/errors.js'
import { replay } from '../../src/idempotency/answer.js'
import { IdempotencyStore, type IdempotencyLimits } from '../../src/idempotency/idempotency-store.js'
import type { Actor } from '../../src/model/caller.js'
import type { EffectState } from '../../src/model/engine-effect.js'
import { operations } from '../../src/operations/index.js'
import { openDatabase } from '../../src/store/database.js'
import { migrate } from '../../src/store/migrate.js'

const create = operations.get('container.create')
if (create === undefined) throw new Error('there is no container.create')
const operation = create
const shutdown = new AbortController().signal

async function bed (t: { teardown (undo: () => Promise<unknown>): unknown }, limits: Partial<IdempotencyLimits>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'caisson-attempts-'))
  const db = openDatabase({ url: 'sqlite:', dataDir })
  await migrate(db)
  const { id, username } = await new Users(db).create({ username: 'ann', password: 'correct horse battery ann' })
  const actor: Actor = { id, username, admin: false, credential: { kind: 'jwt', id: 'j1', session: 's1' } }
  const attempts = new IdempotencyStore(db, { secret: new Uint8Array(32).fill(7), log: { error () {} }, limits })
  t.teardown(async () => {
    await attempts.close()
    await db.destroy()
    await rm(dataDir, { recursive: true, force: true })
  })
  let calls = 0
  const keyed = (key: string) => ({ operation, input: { host: 'local', secret: 'hunter2' }, key, actor })
  const begin = async (key: string) => await attempts.begin(keyed(key), `call-${++calls}`, {}, shutdown)
  return { attempts, keyed, begin, dataDir }
}

t.test('a key stands for its call for its time, and not longer', async t => {
  const { attempts, keyed, begin } = await bed(t, { lifetimeMs: 500 })
  await (await begin('a'))?.keep({ id: '1' })
  t.match(await attempts.find(keyed('a')), { callId: 'call-1', isSame: true, answer: { value: { id: '1' } } })
  await sleep(600)
  t.equal(await attempts.find(keyed('a')), undefined)
  const again = await begin('a')
  t.equal(again?.isResumed, false, 'it is free again')
  await again?.release()

  const running = await begin('b')
  await sleep(600)
  await attempts.sweep()
  t.match(await attempts.find(keyed('b')), { isRunning: true }, 'what is under way is not forgotten')
  await running?.leaveOpen()
  await attempts.sweep()
  t.equal(await attempts.find(keyed('b')), undefined)
})

t.test('a user has so many keys, so many bytes of answers, and so many calls under way', async t => {
  const few = await bed(t, { perUser: 2 })
  for (const key of ['a', 'b']) await (await few.begin(key))?.keep(null)
  await t.rejects(few.begin('c'), { code: 'rate-limited', retryAfterSeconds: Number, detail: /2 keys/ })

  const small = await bed(t, { bytesPerUser: 100 })
  await (await small.begin('a'))?.keep('x'.repeat(100))
  await t.rejects(small.begin('b'), { code: 'rate-limited' })

  const narrow = await bed(t, { running: 1 })
  const first = await narrow.begin('a')
  await t.rejects(narrow.begin('b'), { code: 'overloaded' })
  await first?.release()
  const again = await narrow.begin('a')
  t.equal(again?.isResumed, false, 'what was released is free at once')
  await again?.release()
})

t.test('an answer that is too large to be kept is told as that, and the call is not made again', async t => {
  const { attempts, keyed, begin } = await bed(t, { answerBytes: 100 })
  await (await begin('a'))?.keep('x'.repeat(200))
  const answer = (await attempts.find(keyed('a')))?.answer
  t.ok(answer)
  t.throws(() => replay(answer ?? {}), { code: 'conflict', detail: /made and answered/ })

  const attempt = await begin('upload')
  t.equal(attempt === undefined ? '' : await text(attempt.uploading(Readable.from([Buffer.from('sent')]))), 'sent')
  await attempt?.keep('x'.repeat(200))
  t.equal((await attempts.find(keyed('upload')))?.answer?.content, createHash('sha256').update('sent').digest('hex'), 'the same content is known again')
})

t.test('what a failure leaves of the key', async t => {
  const { attempts, keyed, begin } = await bed(t, {})
  const left = async (key: string, error: unknown, extent: EffectState) => {
    await (await begin(key))?.fail(error, extent)
    return await attempts.find(keyed(key))
  }
  t.equal(await left('unreached', hostUnreachable('no'), 'nothing'), undefined, 'the engine heard nothing: the key is free')
  t.match(await left('lost', hostUnreachable('cut'), 'reached'), { isRunning: false, answer: undefined }, 'it may have been done')
  t.match(await left('bug', new TypeError('a bug'), 'nothing'), { answer: undefined }, 'nobody knows where')
  const abort = new DOMException('the gateway ends', 'AbortError')
  t.equal(await left('ended early', abort, 'nothing'), undefined)
  t.match(await left('ended', abort, 'reached'), { answer: undefined })
  t.match(await left('refused', conflict('it is so already'), 'refused'), { answer: { failure: { code: 'conflict' } } }, 'what the engine answered')
  t.equal(await left('failed', engineError('it could not'), 'failed'), undefined, 'it did nothing: the key is free')
  t.match(await left('failed in part', engineError('it could not go on'), 'reached'), { answer: { failure: { code: 'engine-error' } } }, 'something was done')
})

t.test('an earlier call that has found its answer meanwhile is not gone on with', async t => {
  const { attempts, keyed, begin } = await bed(t, {})
  await (await begin('a'))?.leaveOpen()
  const earlier = await attempts.find(keyed('a'))
  const resume = async () => await attempts.begin(keyed('a'), 'another', {}, shutdown, earlier)
  const first = await resume()
  t.match(first, { isResumed: true, callId: earlier?.callId })
  await first?.keep({ id: '1' })
  t.equal(await resume(), undefined)
  t.match(await attempts.find(keyed('a')), { isRunning: false, answer: { value: { id: '1' } } })
})

t.test('what was not sent whole was not done, and what was is known by its content', async t => {
  const { attempts, keyed, begin } = await bed(t, {})
  const cut = new PassThrough()
  const attempt = await begin('cut')
  const upload = attempt?.uploading(cut).resume()
  cut.write('half of it')
  cut.destroy(new DOMException('the client left', 'AbortError') as unknown as Error)
  await new Promise(resolve => { upload?.once('close', resolve) })
  await attempt?.fail(new DOMException('the client left', 'AbortError'), 'reached')
  t.equal(await attempts.find(keyed('cut')), undefined)

  const whole = await begin('whole')
  const read = whole?.uploading(Readable.from([Buffer.from('all'), Buffer.from(' of it')]))
  t.equal(await text(read as Readable), 'all of it')
  await whole?.fail(hostUnreachable('cut'), 'reached')
  t.match(await attempts.find(keyed('whole')), { answer: undefined }, 'it may have been done')

  const unread = await begin('unread')
  unread?.uploading(Readable.from([Buffer.from('all of it')]))
  await unread?.keep(undefined)
  t.match((await attempts.find(keyed('unread')))?.answer, { content: createHash('sha256').update('all of it').digest('hex') }, 'what the engine did not take is read to its end')
})

t.test('the store tells neither key, input nor answer', async t => {
  const { begin, dataDir } = await bed(t, {})
  await (await begin('my-secret-key'))?.keep({ stdout: 'what a command wrote' })
  const stored = await Promise.all(['caisson.db', 'caisson.db-wal'].map(async file => await readFile(join(dataDir, file), 'latin1')))
  t.match(stored.join(''), 'call-1')
  for (const secret of ['my-secret-key', 'hunter2', 'what a command wrote']) t.notMatch(stored.join(''), secret)
})
