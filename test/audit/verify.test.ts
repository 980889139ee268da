import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { hashOf } from '../../src/audit/chain.js'
import { verifyChain } from '../../src/audit/verify.js'
import { bed, entry, tempDir } from './bed.js'

async function written (t: Test) {
  const it = await bed(t)
  for (let index = 0; index < 10; index++) await it.journal.append(entry({ requestId: `r${index}` }))
  return it
}

const COLUMNS = ['id', 'time', 'stage', 'request_id', 'operation', 'actor', 'host', 'target_id', 'target_name', 'code', 'hash', 'line']

t.test('a change to any column of a line shows', async t => {
  const { db, meddle } = await written(t)
  const connection = db()
  for (const column of COLUMNS) {
    meddle(`create table kept as select * from journal where seq = 5; update journal set ${column} = 'x' where seq = 5`)
    t.match(await verifyChain(connection), { ok: false, seq: 5 }, column)
    meddle('delete from journal where seq = 5; insert into journal select * from kept; drop table kept')
    t.match(await verifyChain(connection), { ok: true, lines: 10 })
  }
})

t.test('a line taken out, put in or moved shows', async t => {
  const { db, meddle } = await written(t)
  const connection = db()
  const tampered = async (sql: string, seq: number) => {
    meddle(`create table kept as select * from journal; ${sql}`)
    t.match(await verifyChain(connection), { ok: false, seq }, sql)
    meddle('delete from journal; insert into journal select * from kept; drop table kept')
  }
  await tampered('delete from journal where seq = 1', 1)
  await tampered('delete from journal where seq = 5', 5)
  await tampered('delete from journal where seq = 5; update journal set seq = seq - 1 where seq > 5', 5)
  await tampered('update journal set seq = 99 where seq = 10', 10)
  await tampered('update journal set seq = 0 where seq = 10', 0)
  await tampered('update journal set seq = 100 where seq = 3; update journal set seq = 3 where seq = 4; update journal set seq = 4 where seq = 100', 3)
  t.match(await verifyChain(connection), { ok: true, lines: 10 })
})

t.test('a line that was changed and hashed anew shows at the next', async t => {
  const { db } = await written(t)
  const connection = db()
  const row = await connection.selectFrom('journal').select('line').where('seq', '=', 5).executeTakeFirstOrThrow()
  const line: Record<string, unknown> = { ...JSON.parse(row.line) as Record<string, unknown>, actor: null }
  const hash = hashOf(line)
  const { canonical } = await import('../../src/audit/chain.js')
  await connection.deleteFrom('journal').where('seq', '=', 5).execute()
  const old = await connection.selectFrom('journal').selectAll().where('seq', '=', 4).executeTakeFirstOrThrow()
  await connection.insertInto('journal').values({ ...old, seq: 5, id: String(line.id), time: String(line.time), request_id: 'r4', actor: null, hash, line: canonical({ ...line, hash }) }).execute()
  t.match(await verifyChain(connection), { ok: false, seq: 6, reason: /hash of the line before/ })
})

t.test('what would hide lines from a search and leaves all of them as they are shows', async t => {
  const { journal, dataDir, db, meddle } = await written(t)
  const connection = db()
  const shows = async (sql: string, undo: string, reason: RegExp) => {
    meddle(sql)
    t.match(await verifyChain(connection), { ok: false, seq: 0, reason }, sql)
    meddle(undo)
    t.match(await verifyChain(connection), { ok: true, lines: 10 })
  }
  await shows('drop index journal_actor', 'create index "journal_actor" on "journal" ("actor", "seq")', /index journal_actor/)
  await shows('create index mine on journal (actor) where actor <> \'alice\'', 'drop index mine', /index mine/)
  await shows('create trigger quiet before insert on journal when new.actor = \'eve\' begin select raise(ignore); end', 'drop trigger quiet', /trigger quiet/)

  // An index that was built of some lines, and then says that it was built of all.
  const sqlite = new Sqlite(join(dataDir, 'caisson.journal.db')).unsafeMode()
  sqlite.exec('create table kept as select sql from sqlite_schema where name = \'journal_request_id\'')
  sqlite.exec('drop index journal_request_id; create index journal_request_id on journal (request_id, seq) where request_id <> \'r3\'')
  sqlite.exec('pragma writable_schema = on; update sqlite_schema set sql = (select sql from kept) where name = \'journal_request_id\'; pragma writable_schema = reset')
  sqlite.close()
  t.same((await journal.list({ requestId: 'r3', limit: 10 })).items, [], 'it hides a line')
  t.match(await verifyChain(connection), { ok: false, seq: 0, reason: /an index does not say what the lines say/ })
  t.match(await verify(dataDir), { code: 1, output: /^the journal was tampered with: an index does not/ })
  meddle('reindex')
  t.match(await verifyChain(connection), { ok: true, lines: 10 })
  t.equal((await journal.list({ requestId: 'r3', limit: 10 })).items.length, 1)
})

t.test('the text of a line must be canonical', async t => {
  const { db, meddle } = await written(t)
  meddle('update journal set line = \'{"actor":null,\' || substr(line, 2) where seq = 2')
  t.match(await verifyChain(db()), { ok: false, seq: 2 })
})

t.test('more lines than one batch', async t => {
  const { journal, db, meddle } = await bed(t)
  await Promise.all(Array.from({ length: 2_500 }, async () => { await journal.append(entry()) }))
  const connection = db()
  t.same(await verifyChain(connection), { ok: true, lines: 2_500 })
  meddle('delete from journal where seq = 2001')
  t.match(await verifyChain(connection), { ok: false, seq: 2_001, reason: /missing/ })
})

const command = fileURLToPath(new URL('../../src/audit/verify-command.js', import.meta.url))

async function verify (dataDir: string): Promise<{ code: number, output: string }> {
  const run = promisify(execFile)(process.execPath, [command], { env: { ...process.env, CAISSON_DATA_DIR: dataDir } })
  try {
    const { stdout, stderr } = await run
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number, stdout: string, stderr: string }
    return { code, output: stdout + stderr }
  }
}

t.test('the command says it with its exit code and one line, beside a running gateway too', async t => {
  const { dataDir, meddle } = await written(t)
  t.same(await verify(dataDir), { code: 0, output: 'the journal is whole: 10 lines\n' })
  meddle('delete from journal where seq = 7')
  t.same(await verify(dataDir), { code: 1, output: 'the journal was tampered with: line 7: the line is missing\n' })
  const nothing = await verify(tempDir(t))
  t.match(nothing, { code: 66, output: /there is no database at/ })
})
