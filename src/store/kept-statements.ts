import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** Texts are made by our own code, so that there are few; a list as long as its input makes one for each length. */
const MOST = 200

/**
 * A database that prepares a text once, and keeps what it used last: to prepare a statement costs more than to run one
 * that looks up a row. Nothing is read row by row, so that a statement is never in use twice.
 */
export function keepingStatements (database: SqliteDatabase): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  return {
    close: () => { database.close() },
    prepare (text) {
      const statement = kept.get(text) ?? database.prepare(text)
      kept.delete(text)
      kept.set(text, statement)
      const [oldest] = kept.keys()
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
      return statement
    }
  }
}
