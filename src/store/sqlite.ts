import { chmodSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join, parse, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'

export interface DatabaseLocation {
  /** `sqlite:` is `caisson.db` in the data directory, `sqlite:/abs/path` a file of one's own. */
  readonly url: string
  readonly dataDir: string
}

export interface OpenOptions extends DatabaseLocation {
  /** Only read; a database that is not there is an error, not a new one. */
  readonly readOnly?: boolean
}

/** How long a write waits for another connection's, in milliseconds. */
const BUSY_TIMEOUT = 4_000

/**
 * A connection to the SQLite file: what is committed is on disk, and nobody else may read the file.
 * @throws {Error} with one clear line, when the address is not understood or the file can't be opened
 */
export function openSqlite ({ readOnly = false, ...location }: OpenOptions): Sqlite.Database {
  const file = sqliteFile(location)
  if (!readOnly) makePrivate(file)
  else if (!existsSync(file)) throw new Error(`there is no database at ${file}`)
  const sqlite = new Sqlite(file, { readonly: readOnly, timeout: BUSY_TIMEOUT })
  if (!readOnly) {
    sqlite.pragma('journal_mode = WAL')
    sqlite.pragma('synchronous = FULL')
  }
  sqlite.pragma('foreign_keys = ON')
  return sqlite
}

/**
 * Where a store's journal is: a file of its own beside the store's, `caisson.journal.db` for `caisson.db`. In one file
 * with the store, each sync of the audit log would hold up whoever writes to the store, and with it every request.
 * @throws {Error} with one clear line, when the address is not understood
 */
export function journalLocation (store: DatabaseLocation): DatabaseLocation {
  const { dir, name, ext } = parse(sqliteFile(store))
  return { url: `sqlite:${join(dir, `${name}.journal${ext}`)}`, dataDir: store.dataDir }
}

/** The address is not quoted when it is not understood: it may hold a password. */
export function sqliteFile ({ url, dataDir }: DatabaseLocation): string {
  if (!url.startsWith('sqlite:')) throw new Error('the database is sqlite: (in the data directory) or sqlite:/absolute/path')
  const path = url.slice('sqlite:'.length)
  if (path === '') return resolve(dataDir, 'caisson.db')
  if (!path.startsWith('/')) throw new Error(`${url}: the path of an SQLite database is absolute, as in sqlite:/var/lib/caisson/caisson.db`)
  return path
}

/** Made private before SQLite sees it: its side files get the mode of the file. */
function makePrivate (file: string): void {
  makePrivateDirectory(dirname(file))
  closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600))
  chmodSync(file, 0o600)
}

/** Makes the directory when it is not there, 0700. One that was there keeps its mode: it may be shared on purpose. */
export function makePrivateDirectory (directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
}
