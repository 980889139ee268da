import type { Kysely, Migration } from 'kysely'

const NULLABLE = ['operation', 'actor', 'host', 'target_id', 'target_name', 'code'] as const

/** What is searched for, each with `seq` behind it, so that the newest lines are read without sorting. */
const SEARCHED = ['time', 'request_id', 'operation', 'actor', 'target_id', 'target_name', 'code'] as const

async function up (db: Kysely<unknown>): Promise<void> {
  let table = db.schema.createTable('journal')
    // PostgreSQL will want bigint here; in SQLite only an `integer` primary key is the row's own number.
    .addColumn('seq', 'integer', column => column.primaryKey())
    .addColumn('id', 'text', column => column.notNull())
    .addColumn('time', 'text', column => column.notNull())
    .addColumn('stage', 'text', column => column.notNull())
    .addColumn('request_id', 'text', column => column.notNull())
  for (const name of NULLABLE) table = table.addColumn(name, 'text')
  await table.addColumn('hash', 'text', column => column.notNull()).addColumn('line', 'text', column => column.notNull()).execute()
  // With the stage in it, the calls that are still open are found without reading a single line.
  await db.schema.createIndex('journal_id').on('journal').columns(['id', 'stage', 'seq']).execute()
  for (const name of SEARCHED) await db.schema.createIndex(`journal_${name}`).on('journal').columns([name, 'seq']).execute()
}

/** Of the journal's own file. Add at the end; what was released is never changed. */
export const journalMigrations: Readonly<Record<string, Migration>> = { '0001-journal': { up } }
