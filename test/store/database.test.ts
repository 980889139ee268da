import { statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { openDatabase, type OpenOptions } from '../../src/store/database.js'
import { keepingStatements } from '../../src/store/kept-statements.js'
import { journalLocation } from '../../src/store/sqlite.js'
import { migrate } from '../../src/store/migrate.js'
import { tempDir } from '../audit/bed.js'

function open (t: Test, options: OpenOptions) {
  const db = openDatabase(options)
  t.teardown(async () => { await db.destroy() })
  return db
}

t.test('a new store is private, durable and up to date', async t => {
  const dataDir = join(tempDir(t), 'data')
  const db = open(t, { url: 'sqlite:', dataDir })
  await migrate(db)
  await migrate(db)
  const pragma = async (name: string) => Object.values((await sql<object>`pragma ${sql.raw(name)}`.execute(db)).rows[0] ?? {})[0]
  t.equal(await pragma('journal_mode'), 'wal')
  t.equal(await pragma('synchronous'), 2)
  t.equal(await pragma('foreign_keys'), 1)
  t.equal(await pragma('busy_timeout'), 4_000)
  const mode = (name: string) => statSync(join(dataDir, name)).mode & 0o777
  t.equal(mode('.'), 0o700)
  for (const name of ['caisson.db', 'caisson.db-wal', 'caisson.db-shm']) t.equal(mode(name), 0o600, name)
})

t.test('the address says where the store is', async t => {
  const dataDir = tempDir(t)
  const elsewhere = join(tempDir(t), 'deep', 'my.db')
  open(t, { url: `sqlite:${elsewhere}`, dataDir })
  t.ok(statSync(elsewhere).isFile())
  t.throws(() => openDatabase({ url: 'postgres://me:secret@db/x', dataDir }), /^(?!.*secret).*PostgreSQL database is not supported yet/)
  t.throws(() => openDatabase({ url: 'mysql://me:secret@db/x', dataDir }), /^(?!.*secret).*sqlite:/)
  t.throws(() => openDatabase({ url: 'sqlite:relative.db', dataDir }), /absolute/)
  t.throws(() => openDatabase({ url: 'sqlite:', dataDir, readOnly: true }), /there is no database at/)
})

t.test('the journal has a file of its own beside the store\'s', t => {
  const at = (url: string) => journalLocation({ url, dataDir: '/data' }).url
  t.equal(at('sqlite:'), 'sqlite:/data/caisson.journal.db')
  t.equal(at('sqlite:/elsewhere/my.store.sqlite'), 'sqlite:/elsewhere/my.store.journal.sqlite')
  t.equal(at('sqlite:/elsewhere/store'), 'sqlite:/elsewhere/store.journal')
  t.throws(() => at('mysql://me:secret@db/x'), /^(?!.*secret).*sqlite:/)
  t.end()
})

t.test('a transaction that reads first can write, whatever other connections write meanwhile', async t => {
  const dataDir = tempDir(t)
  const [one, two] = [open(t, { url: 'sqlite:', dataDir }), open(t, { url: 'sqlite:', dataDir, readOnly: true })]
  await migrate(one)
  await one.transaction().execute(async transaction => {
    await transaction.selectFrom('users').selectAll().execute()
    t.same(await two.selectFrom('users').selectAll().execute(), [], 'readers go on')
    await transaction.insertInto('login_failures').values({ key: 'k', known: 0, failures: 1, last_at: '', locked_until: null }).execute()
  })
  t.equal((await two.selectFrom('login_failures').selectAll().execute()).length, 1)
  await t.rejects(two.deleteFrom('login_failures').execute(), /readonly/)
})

t.test('a migration that this version does not know stops the start', async t => {
  const db = open(t, { url: 'sqlite:', dataDir: tempDir(t) })
  await migrate(db)
  await sql`insert into kysely_migration values ('9999-later', '2030-01-01')`.execute(db)
  await t.rejects(migrate(db), /could not be brought up to date.*9999-later/)
})

t.test('a text is prepared once, and what was not used for long is forgotten', async t => {
  const prepared: string[] = []
  const sqlite = new Sqlite(':memory:')
  const database = keepingStatements({ close: () => { sqlite.close() }, prepare: text => { prepared.push(text); return sqlite.prepare(text) as never } })
  t.equal(database.prepare('select 1 as a'), database.prepare('select 1 as a'))
  t.same(prepared, ['select 1 as a'])
  for (let nth = 2; nth <= 201; nth++) {
    database.prepare(`select ${nth}`)
    database.prepare('select 1 as a')
  }
  t.equal(prepared.length, 201, 'what is used stays')
  database.prepare('select 2')
  t.equal(prepared.length, 202, 'the oldest does not')
  t.same(database.prepare('select 1 as a').all([]), [{ a: 1 }])
  database.close()
})
