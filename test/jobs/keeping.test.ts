import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { Failure } from '../../src/lib/errors.js'
import { Jobs, RUNNING_EACH } from '../../src/jobs/jobs.js'
import { LOG_LIMITS, JobLog } from '../../src/jobs/log.js'
import { JobReader } from '../../src/jobs/reader.js'
import { operations } from '../../src/operations/index.js'
import { openDatabase } from '../../src/store/database.js'
import { migrate } from '../../src/store/migrate.js'
import { soon } from '../support/leaving.js'

const pull = operations.get('image.pull') ?? t.bailout('there is no image.pull') as never
const actor = { id: 'u1', username: 'ann', admin: false, credential: { kind: 'jwt', id: 'j1', session: 's1' } } as const
const end = { type: 'end', reason: 'complete' } as const

async function bed (t: Test, retentionMs = 60_000) {
  const dataDir = await mkdtemp(join(tmpdir(), 'caisson-jobs-'))
  const db = openDatabase({ url: 'sqlite:', dataDir })
  await migrate(db)
  const errors: unknown[] = []
  const open = async () => await Jobs.open(db, { retentionMs, log: { error: (...words: unknown[]) => { errors.push(words) } } })
  const jobs = await open()
  t.teardown(async () => { await jobs.close(); await db.destroy(); await rm(dataDir, { recursive: true, force: true }) })
  return { db, jobs, errors, open }
}

/** A job under way, and where its work is told. */
async function begin (jobs: Jobs, who: { readonly id: string } = actor) {
  const work = new PassThrough({ objectMode: true })
  const running = jobs.prepare(pull, { ...actor, ...who })
  await jobs.begin(running, 'local')
  running.signal.addEventListener('abort', () => { work.destroy() })
  jobs.run(running, Promise.resolve(work), { requestId: 'r1', shutdown: new AbortController().signal })
  return { id: running.job.id, work }
}

async function read (reader: Readable) {
  const events = []
  for await (const event of reader) events.push(event)
  return events
}

const step = (nth: number) => ({ type: 'step', text: `line ${nth}` })

t.test('a log keeps its last events, and tells how many are gone', async t => {
  const log = new JobLog()
  for (let nth = 1; nth <= LOG_LIMITS.events + 5; nth++) log.append(step(nth))
  log.finish(end)
  t.same([log.first, log.last], [6, LOG_LIMITS.events + 5])
  const events = await read(new JobReader(log, undefined))
  t.same(events.slice(0, 2), [{ type: 'dropped', count: 5 }, { ...step(6), cursor: '6' }])
  t.same(events.slice(-2), [{ ...step(LOG_LIMITS.events + 5), cursor: String(LOG_LIMITS.events + 5) }, end])
  t.same((await read(new JobReader(log, '3')))[0], { type: 'dropped', count: 2 })
  t.same((await read(new JobReader(log, '5')))[0], { ...step(6), cursor: '6' })

  const large = new JobLog()
  for (let nth = 0; nth < 10; nth++) large.append({ type: 'step', text: 'x'.repeat(LOG_LIMITS.characters / 8) })
  t.same([large.first, large.last], [4, 10], 'by their size as well')
  large.append({ type: 'step', text: 'x'.repeat(LOG_LIMITS.characters) })
  large.finish(end)
  t.same(await read(new JobReader(large, undefined)), [{ type: 'dropped', count: 11 }, end])
})

t.test('a slow reader holds up neither the job nor another reader, and is told what it missed', async t => {
  const log = new JobLog()
  const slow = new JobReader(log, undefined)
  const quick = read(new JobReader(log, undefined))
  t.same(slow.read(), null)
  for (let nth = 1; nth <= LOG_LIMITS.events + 100; nth++) {
    log.append(step(nth))
    if (nth % 8 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  log.finish(end)
  t.equal((await quick).length, LOG_LIMITS.events + 101)
  const told = await read(slow)
  const gap = told.findIndex(({ type }) => type === 'dropped')
  t.equal(gap, 16, 'behind what it had room for')
  t.equal(gap + told[gap].count + told.length - gap - 2, LOG_LIMITS.events + 100, 'and nothing twice')
  const gone = new JobReader(new JobLog(), undefined)
  gone.read()
  gone.destroy()
  await sleep(1)
  t.equal(log.news.listenerCount('news'), 0, 'nobody listens any more')
})

t.test('how a stream ends is how its job ends', async t => {
  const { jobs } = await bed(t)
  const cases: ReadonlyArray<readonly [(work: PassThrough) => unknown, object]> = [
    [work => work.end({ ...end, result: { id: 'x' } }), { state: 'succeeded', result: { id: 'x' } }],
    [work => work.destroy(new Failure('host-unreachable', 'the host is gone')), { state: 'failed', error: { code: 'host-unreachable', requestId: 'r1' } }],
    [work => work.destroy(new Error('hunter2')), { state: 'failed', error: { code: 'internal', detail: /its log has the cause/ } }],
    [work => work.destroy(), { state: 'cancelled' }]
  ]
  for (const [finish, expected] of cases) {
    const { id, work } = await begin(jobs)
    work.write(step(1))
    finish(work)
    t.ok(await soon(async () => (await jobs.get(id)).state !== 'running'))
    t.match(await jobs.get(id), expected)
  }
})

t.test('an end that can\'t be written down is told from memory, and written when that is possible again', async t => {
  const { db, jobs, errors, open } = await bed(t)
  const { id, work } = await begin(jobs)
  await sql`alter table job_events rename to elsewhere`.execute(db)
  work.write(step(1))
  work.end({ ...end, result: { id: 'x' } })
  t.ok(await soon(() => errors.length === 1))
  t.match(await jobs.get(id), { state: 'succeeded', result: { id: 'x' } })
  t.equal((await read(await jobs.read(id, undefined))).length, 2)
  await sql`alter table elsewhere rename to job_events`.execute(db)
  await jobs.sweep()
  const later = await open()
  t.match(await later.get(id), { state: 'succeeded' })
  t.same(await read(await later.read(id, '1')), [{ ...end, result: { id: 'x' } }])
  await later.close()
})

t.test('what has ended long enough ago is let go of, with all it told; what runs is not', async t => {
  const { db, jobs } = await bed(t, 50)
  const { id, work } = await begin(jobs)
  const running = await begin(jobs)
  work.end(end)
  t.ok(await soon(async () => (await jobs.find(id)) === undefined))
  t.same(await db.selectFrom('job_events').selectAll().execute(), [])
  t.match(await jobs.get(running.id), { state: 'running' })
  await t.rejects(jobs.read(id, undefined), { code: 'not-found', message: `no such job: ${id}` })
})

t.test('one user has so many under way at once', async t => {
  const { jobs } = await bed(t)
  const [first] = await Promise.all(Array.from({ length: RUNNING_EACH }, async () => await begin(jobs)))
  await t.rejects(begin(jobs), { code: 'overloaded' })
  await t.resolves(begin(jobs, { id: 'u2' }), 'which is nobody else\'s business')
  await jobs.cancel(first?.id ?? '')
  await t.resolves(begin(jobs))
})
