import { Migrator, type Kysely } from 'kysely'
import { migrations } from './migrations/index.js'
import type { Schema } from './schema.js'

/**
 * Brings the tables up to date; what is up to date is left alone.
 * @throws {Error} naming the migration that failed, or one that this version does not know
 */
export async function migrate (db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  const reason = error instanceof Error ? error.message : String(error)
  throw new Error(`the database could not be brought up to date${failed === undefined ? '' : ` (${failed})`}: ${reason}`, { cause: error })
}
