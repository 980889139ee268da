import { Kysely } from 'kysely'
import { ImmediateSqliteDialect } from './immediate-sqlite.js'
import type { Schema } from './schema.js'
import { openSqlite, type OpenOptions } from './sqlite.js'

export type { DatabaseLocation, OpenOptions } from './sqlite.js'

/**
 * Opens the store: the one place where the dialect is chosen.
 * @throws {Error} with one clear line, when the address is not understood or the file can't be opened
 */
export function openDatabase (options: OpenOptions): Kysely<Schema> {
  if (/^postgres(?:ql)?:/.test(options.url)) throw new Error('a PostgreSQL database is not supported yet: use sqlite:')
  return new Kysely<Schema>({ dialect: new ImmediateSqliteDialect({ database: openSqlite(options) }) })
}
