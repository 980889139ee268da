import { Migrator, type Kysely, type Migration } from 'kysely'
import { migrations } from './migrations/index.js'

/**
 * Brings the tables up to date, of the store or of what has steps of its own; what is up to date is left alone.
 * @throws {Error} naming the migration that failed, or one that this version does not know
 */
export async function migrate<S> (db: Kysely<S>, steps: Readonly<Record<string, Migration>> = migrations): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => steps } })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  const reason = error instanceof Error ? error.message : String(error)
  throw new Error(`the database could not be brought up to date${failed === undefined ? '' : ` (${failed})`}: ${reason}`, { cause: error })
}
