import { renameSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { openJournal } from '../../src/audit/journal.js'
import { verifyChain } from '../../src/audit/verify.js'
import { Metrics } from '../../src/metrics/metrics.js'
import { openDatabase } from '../../src/store/database.js'
import { migrate } from '../../src/store/migrate.js'
import type { JournalSchema } from '../../src/store/schema.js'
import { bed, entry } from './bed.js'

/** A store as an earlier version left it: the journal's table, with `lines` lines, in the store's own file. */
async function earlier (t: Test, lines: number) {
  const { journal, dataDir } = await bed(t)
  for (let nth = 0; nth < lines; nth++) await journal.append(entry({ requestId: `r${nth}` }))
  await journal.close()
  const store = join(dataDir, 'caisson.db')
  // The same table and rows: of the steps only their names differ.
  renameSync(join(dataDir, 'caisson.journal.db'), store)
  const sqlite = new Sqlite(store)
  sqlite.exec('drop table kysely_migration')
  sqlite.close()
  await upToDate(t, dataDir)
  return { dataDir, store }
}

async function upToDate (t: Test, dataDir: string) {
  const db = openDatabase<JournalSchema>({ url: 'sqlite:', dataDir })
  t.teardown(async () => { await db.destroy() })
  await migrate(db)
  return db
}

async function opened (t: Test, dataDir: string, log: string[] = []) {
  const say = (_: object, message: string) => { log.push(message) }
  const journal = await openJournal({ url: 'sqlite:', dataDir, metrics: new Metrics(), log: { warn: say, error: say } })
  t.teardown(async () => { await journal.close() })
  return journal
}

const file = (dataDir: string) => openDatabase<JournalSchema>({ url: `sqlite:${join(dataDir, 'caisson.journal.db')}`, dataDir, readOnly: true })

t.test('the journal of an earlier version, in the store\'s file, moves into its own, and its chain goes on', async t => {
  const { dataDir } = await earlier(t, 7)
  const log: string[] = []
  const journal = await opened(t, dataDir, log)
  t.match(log, ['the journal moved from the store\'s file to one of its own'])
  await journal.append(entry({ requestId: 'after' }))
  t.same((await journal.list({ limit: 10 })).items.map(({ seq, requestId }) => `${seq} ${requestId}`), ['8 after', '7 r6', '6 r5', '5 r4', '4 r3', '3 r2', '2 r1', '1 r0'])
  const db = file(dataDir)
  t.teardown(async () => { await db.destroy() })
  t.same(await verifyChain(db), { ok: true, lines: 8 })
  const store = await upToDate(t, dataDir)
  const { rows } = await sql`select name from sqlite_master where name like 'journal%'`.execute(store)
  t.same(rows, [], 'nothing is left of it in the store')
  await journal.close()
  await opened(t, dataDir, log)
  t.equal(log.length, 1, 'once')
})

t.test('a move that was cut short is finished, and another journal is never mixed in', async t => {
  const { dataDir, store } = await earlier(t, 3)
  const journal = await opened(t, dataDir)
  await journal.append(entry())
  await journal.close()
  const sqlite = new Sqlite(store)
  sqlite.prepare('attach database ? as moved').run(join(dataDir, 'caisson.journal.db'))
  sqlite.exec('create table journal as select * from moved.journal where seq <= 3')
  await (await opened(t, dataDir)).close()
  t.equal(sqlite.prepare('select count(*) from sqlite_master where name = \'journal\'').pluck().get(), 0)
  sqlite.exec('create table journal as select * from moved.journal; update journal set line = \'{}\' where seq = 2')
  await t.rejects(opened(t, dataDir), /caisson\.db has a journal of its own with 1 lines that are not in .*caisson\.journal\.db/)
  t.equal(sqlite.prepare('select count(*) from journal').pluck().get(), 4, 'and nothing is lost')
  sqlite.close()
})

t.test('what writes to the store does not wait for the journal', async t => {
  const { dataDir, db } = await bed(t)
  const store = await upToDate(t, dataDir)
  await db().transaction().execute(async () => {
    const begun = performance.now()
    await sql`insert into login_failures values ('k', 0, 1, '', null)`.execute(store)
    const took = performance.now() - begun
    t.ok(took < 1_000, `${took.toFixed(0)} ms while another connection writes to the journal`)
  })
})
