import { join, parse } from 'node:path'
import { chmodSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { sqliteFile, type DatabaseLocation } from './sqlite.js'

/**
 * Holds a store for one gateway alone: two would each know of its own jobs, tickets and turns only. It is a lock of the
 * operating system's, so that it ends with the process, however that ends.
 * @returns what lets go of it
 * @throws {Error} with one clear line, when another gateway holds it
 */
export function lockStore (location: DatabaseLocation): () => void {
  const { dir, name } = parse(sqliteFile(location))
  const file = join(dir, `${name}.lock`)
  const lock = new Sqlite(file, { timeout: 0 })
  try {
    chmodSync(file, 0o600)
    lock.pragma('journal_mode = memory')
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error
    throw new Error(`another gateway runs on ${dir}: end it first, or give this one a CAISSON_DATA_DIR of its own`)
  }
  return () => { lock.close() }
}
