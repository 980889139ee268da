import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { migrate } from '../store/migrate.js'
import type { JournalSchema } from '../store/schema.js'
import { journalMigrations } from './migrations.js'

/** What the database has for the journal's table: its own definition, its indexes, triggers and views, by kind and name. */
export async function schemaOf (db: Kysely<JournalSchema>): Promise<Map<string, string | null>> {
  const { rows } = await sql<{ kind: string, name: string, sql: string | null }>`
    select type as kind, name, sql from sqlite_schema where 'journal' in (tbl_name, name) order by rowid`.execute(db)
  return new Map(rows.map(({ kind, name, sql }) => [`the ${kind} ${name}`, sql]))
}

/** The same of a database that was made anew. */
export async function expectedSchema (): Promise<Map<string, string | null>> {
  const db = new Kysely<JournalSchema>({ dialect: new SqliteDialect({ database: new Sqlite(':memory:') }) })
  try {
    await migrate(db, journalMigrations)
    return await schemaOf(db)
  } finally { await db.destroy() }
}
