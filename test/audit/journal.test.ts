import { randomBytes } from 'node:crypto'
import { mkdir, rmdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Failure } from '../../src/lib/errors.js'
import type { JournalEntry } from '../../src/audit/journal.js'
import { Thread } from '../../src/audit/thread.js'
import { verifyChain } from '../../src/audit/verify.js'
import { bed, entry, lines, refusal } from './bed.js'

const several = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))

t.test('a line is on disk when append settles, and the chain is whole', async t => {
  const { journal, db } = await bed(t)
  await journal.append(entry({ input: { '': null, nested: { b: 1, a: [1.5, '\ud800 lone', 'ü'] } } }))
  const rows = await db().selectFrom('journal').selectAll().execute()
  t.equal(rows.length, 1)
  t.match(rows[0], { seq: 1, operation: 'container.stop', actor: 'alice', host: 'local', target_name: 'web', code: 'ok' })
  t.match(JSON.parse(rows[0]?.line ?? ''), { seq: 1, previous: '0'.repeat(64), input: { nested: { a: [1.5, '\ufffd lone', 'ü'] } } })
  t.same(await verifyChain(db()), { ok: true, lines: 1 })
})

t.test('a thousand appends at once share few syncs, keep their order and do not stall the process', async t => {
  const { journal, db, metrics } = await bed(t)
  await journal.append(entry())
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const begun = performance.now()
  await Promise.all(several(1_000, async index => { await journal.append(entry({ requestId: `r${index}` })) }))
  const took = performance.now() - begun
  delay.disable()
  t.comment(`1,000 appends in ${Math.round(took)} ms; the longest stall was ${Math.round(delay.max / 1e6)} ms`)
  t.ok(delay.percentile(50) / 1e6 < 50, 'the main thread went on')
  const rows = await db().selectFrom('journal').select(['request_id', 'time']).where('seq', '>', 1).orderBy('seq').execute()
  t.same(rows.map(row => row.request_id), several(1_000, index => `r${index}`))
  t.ok(new Set(rows.map(row => row.time)).size < 100, 'many lines were committed with one sync')
  t.same(await verifyChain(db()), { ok: true, lines: 1_001 })
  t.equal(await lines(metrics, 'written'), 1_001)
})

t.test('the main thread goes on while the writer waits for the store', async t => {
  const { journal, db } = await bed(t)
  const blocker = db()
  let ticks = 0
  const timer = setInterval(() => { ticks++ }, 5)
  t.teardown(() => { clearInterval(timer) })
  let written = false
  await blocker.transaction().execute(async () => {
    void journal.append(entry()).then(() => { written = true })
    await sleep(300)
    t.notOk(written, 'another connection has the write lock')
  })
  await journal.flush()
  t.ok(written)
  t.ok(ticks > 30, `${ticks} ticks in 300 ms`)
})

t.test('two processes on one store do not fork the chain', async t => {
  const { journal, reopen, db } = await bed(t)
  const other = await reopen()
  await Promise.all(several(200, async index => { await (index % 2 === 0 ? journal : other).append(entry()) }))
  t.same(await verifyChain(db()), { ok: true, lines: 200 })
})

t.test('what can\'t be written fails the call, and only while it can\'t', async t => {
  const { journal, db, meddle, log, metrics } = await bed(t)
  meddle('alter table journal rename to elsewhere')
  const failure = await journal.append(entry()).catch((error: unknown) => error)
  t.ok(failure instanceof Failure)
  t.match(failure, { code: 'audit-unavailable', status: 503 })
  journal.note(entry())
  await journal.flush()
  t.equal(await lines(metrics, 'lost'), 2)
  t.equal(log.filter(({ level }) => level === 'error').length, 2)
  meddle('alter table elsewhere rename to journal')
  await journal.append(entry())
  t.same(await verifyChain(db()), { ok: true, lines: 1 })
})

t.test('a store that hangs fails the call at its deadline, and the line is withdrawn', async t => {
  const { journal, db } = await bed(t, { deadlineMs: 200 })
  await journal.append(entry())
  const lock = await db().startTransaction().execute()
  const first = journal.append(entry())
  await sleep(50)
  const second = journal.append(entry())
  await t.rejects(first, { code: 'audit-unavailable' })
  await t.rejects(second, { code: 'audit-unavailable' })
  await lock.rollback().execute()
  await journal.append(entry({ requestId: 'after' }))
  const rows = await db().selectFrom('journal').select('request_id').execute()
  t.equal(rows.length, 3, 'the one that was under way is there, the one that waited is not')
})

t.test('a dead thread fails what it was asked, and the next question starts another', async t => {
  const { dataDir, journal, db } = await bed(t)
  await journal.append(entry())
  // A folder where the database should be: the thread ends as it opens it.
  const file = join(dataDir, 'moved.db')
  await mkdir(file)
  const thread = new Thread('writer-thread', { url: `sqlite:${file}`, dataDir })
  await t.rejects(thread.ask('append', [JSON.stringify(entry())]), /ended before it answered/)
  await rmdir(file)
  await symlink(join(dataDir, 'caisson.journal.db'), file)
  await thread.ask('append', [JSON.stringify(entry())])
  await t.rejects(thread.ask('nonsense'), /not taught/)
  await thread.close(1_000)
  t.ok((await verifyChain(db())).ok)
})

t.test('a thread that can\'t open the store fails the call', async t => {
  const thread = new Thread('writer-thread', { url: 'mysql://nowhere', dataDir: '/nowhere' })
  await t.rejects(thread.ask('append', []), /ended before it answered/)
  await t.rejects(thread.ask('append', []), /ended before it answered/)
})

t.test('inputs that JSON can\'t hold fail the call, large ones become a digest', async t => {
  const { journal } = await bed(t)
  await t.rejects(journal.append(entry({ input: { big: 1n } })), { code: 'audit-unavailable' })
  const long = randomBytes(2_000).toString('hex')
  await journal.append(entry({ input: { host: 'local', command: long, __proto__x: 'kept' } }))
  await journal.append(entry({ input: Object.fromEntries(several(400, index => [`name${index}`, 'x'.repeat(100)])) }))
  const { items } = await journal.list({ limit: 10 })
  t.match(items[1]?.input, { host: 'local', command: { sha256: /^[0-9a-f]{64}$/, bytes: 4_002 } })
  t.match(items[0]?.input, { inputs: { sha256: /^[0-9a-f]{64}$/ } })
  t.notMatch(JSON.stringify(items), long)
})

t.test('a queue that is full loses lines, and says so', async t => {
  const { journal, log } = await bed(t, { queued: 10 })
  for (let index = 0; index < 50; index++) journal.note(entry())
  await journal.flush()
  t.ok(log.length >= 39, `${log.length} lines were lost`)
  t.equal((await journal.list({ limit: 100 })).items.length + log.length, 50)
})

t.test('the last places of the queue are for calls of users', async t => {
  const { journal } = await bed(t, { queued: 20 })
  for (let index = 0; index < 30; index++) journal.note(refusal('10.0.0.1'))
  for (let index = 0; index < 10; index++) journal.note(entry())
  await journal.flush()
  const { items } = await journal.list({ limit: 100 })
  t.same([items.filter(({ actor }) => actor === null).length, items.filter(({ actor }) => actor !== null).length], [15, 5])
})

t.test('floods of refusals collapse, and are counted exactly', async t => {
  const limits = { windowMs: 150, perKey: 10, total: 25, keys: 3 }
  const { journal, db, metrics } = await bed(t, { floods: limits })
  for (let index = 0; index < 500; index++) journal.noteRefusal(refusal('10.0.0.1'))
  for (let index = 0; index < 300; index++) journal.noteRefusal(refusal('10.0.0.1', 'invalid-input'))
  for (let index = 0; index < 100; index++) journal.noteRefusal(refusal(`10.1.0.${index}`))
  await sleep(300)
  journal.noteRefusal(refusal('10.0.0.1'))
  await journal.flush()
  const { items } = await journal.list({ limit: 1000 })
  const counted = (match: (item: JournalEntry) => boolean) => items.filter(match).reduce((sum, { outcome }) => sum + (outcome?.count ?? 1), 0)
  t.equal(counted(({ client, outcome }) => client.address === '10.0.0.1' && outcome?.code === 'unauthenticated'), 501)
  t.equal(counted(({ client, outcome }) => client.address === '10.0.0.1' && outcome?.code === 'invalid-input'), 300)
  t.equal(counted(() => true), 901)
  t.ok(items.length < 35, `${items.length} lines stand for 901 refusals`)
  t.ok(items.some(({ client }) => client.address === 'many'), 'addresses that were too many to tell apart share a line')
  t.equal(await lines(metrics, 'collapsed') + items.filter(({ outcome }) => outcome?.count === undefined).length, 901)
  t.match(await verifyChain(db()), { ok: true })
})

t.test('what is collapsed is written when the journal closes', async t => {
  const { journal, reopen } = await bed(t, { floods: { windowMs: 60_000, perKey: 1, total: 10, keys: 3 } })
  for (let index = 0; index < 8; index++) journal.noteRefusal(refusal('10.0.0.1'))
  await journal.close()
  await t.rejects(journal.append(entry()), { code: 'audit-unavailable' }, 'a journal that was closed stays closed')
  const { items } = await (await reopen()).list({ limit: 10 })
  t.same(items.map(({ outcome }) => outcome?.count), [7, undefined])
})

t.test('calls that were under way when the process died are ended as recovered', async t => {
  const { journal, reopen, db, log } = await bed(t)
  await journal.append(entry({ id: 'done', stage: 'received', outcome: null }))
  await journal.append(entry({ id: 'done' }))
  await journal.append(entry({ id: 'open', stage: 'received', outcome: null }))
  await journal.append(entry({ id: 'stream', stage: 'started', outcome: null }))
  await journal.append(refusal('10.0.0.1'))
  await journal.close()
  const again = await reopen()
  const { items } = await again.list({ limit: 10 })
  const recovered = items.filter(({ stage }) => stage === 'recovered')
  t.same(recovered.map(({ id }) => id).sort(), ['open', 'stream'])
  t.match(recovered[0], { operation: 'container.stop', outcome: { code: 'outcome-unknown', end: 'unknown' }, target: { name: 'web' } })
  t.match(log, [{ level: 'warn', details: { calls: 2 } }])
  await again.close()
  await (await reopen()).flush()
  t.same(await verifyChain(db()), { ok: true, lines: 7 }, 'a second restart has nothing to recover')
})

t.test('a list has one item per call and its pages are those of one moment', async t => {
  const { journal } = await bed(t)
  for (const id of ['a', 'b', 'c', 'd', 'e']) await journal.append(entry({ id, stage: 'received', outcome: null }))
  for (const id of ['a', 'b', 'd']) await journal.append(entry({ id }))
  const first = await journal.list({ limit: 2 })
  t.same(first.items.map(({ id, stage }) => `${id} ${stage}`), ['d completed', 'b completed'])
  await journal.append(entry({ id: 'c' }))
  await journal.append(entry({ id: 'f' }))
  const second = await journal.list({ limit: 2, cursor: first.nextCursor })
  t.same(second.items.map(({ id, stage }) => `${id} ${stage}`), ['a completed', 'e received'])
  const third = await journal.list({ limit: 2, cursor: second.nextCursor })
  t.same(third.items.map(({ id, stage }) => `${id} ${stage}`), ['c received'], 'as it was when the first page was read')
  t.equal(third.nextCursor, undefined)
  t.same((await journal.list({ limit: 1 })).items.map(({ id }) => id), ['f'])
  await t.rejects(journal.list({ limit: 1, cursor: 'nonsense' }), { code: 'invalid-input' })
})

t.test('a list can be narrowed by each of its filters', async t => {
  const { journal } = await bed(t)
  const long = 'cd'.repeat(32)
  await journal.append(entry({ id: 'one' }))
  await sleep(5)
  const between = new Date().toISOString()
  await sleep(5)
  await journal.append(entry({
    id: 'two', operation: 'image.list', actor: { id: 'u2', username: 'Bob', credential: 'jwt:j2' }, host: 'other', requestId: 'req-2', target: { kind: 'image', id: long, name: null }, outcome: { code: 'forbidden', durationMs: 1 }
  }))
  const ids = async (filter: object) => (await journal.list({ limit: 10, ...filter })).items.map(({ id }) => id)
  for (const filter of [{ operation: 'image.list' }, { actor: 'bOB' }, { host: 'other' }, { requestId: 'req-2' }, { target: long }, { outcome: 'forbidden' }, { since: between }]) {
    t.same(await ids(filter), ['two'], JSON.stringify(filter))
  }
  for (const filter of [{ operation: 'container.stop' }, { actor: 'alice' }, { target: 'web' }, { outcome: 'ok' }, { until: between }]) {
    t.same(await ids(filter), ['one'], JSON.stringify(filter))
  }
  t.same(await ids({ actor: 'alice', host: 'other' }), [])
})
