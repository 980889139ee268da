import { Kysely } from 'kysely'
import { ImmediateSqliteDialect } from './immediate-sqlite.js'
import { keepingStatements } from './kept-statements.js'
import type { Schema } from './schema.js'
import { openSqlite, type OpenOptions } from './sqlite.js'

export type { DatabaseLocation, OpenOptions } from './sqlite.js'

/**
 * Opens the store, or the audit log at its location: the one place where the dialect is chosen.
 * @throws {Error} with one clear line, when the address is not understood or the file can't be opened
 */
export function openDatabase<S = Schema> (options: OpenOptions): Kysely<S> {
  if (/^postgres(?:ql)?:/.test(options.url)) throw new Error('a PostgreSQL database is not supported yet: use sqlite:')
  return new Kysely<S>({ dialect: new ImmediateSqliteDialect({ database: keepingStatements(openSqlite(options)) }) })
}
