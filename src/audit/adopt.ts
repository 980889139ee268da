import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

/**
 * Earlier versions kept the journal in the store's file. Its lines are moved as they are, so that the chain goes on:
 * committed here first and taken out there after, so that a crash in between leaves them twice and never nowhere.
 * @returns how many there were
 * @throws {Error} when this journal has other lines in their place
 */
export function adoptLines (db: Database, store: string): number {
  if (!existsSync(store)) return 0
  db.prepare('attach database ? as store').run(store)
  try {
    if (db.prepare('select 1 from store.sqlite_master where name = \'journal\' and type = \'table\'').get() === undefined) return 0
    const lines = db.transaction(() => copyLines(db, store)).immediate()
    db.exec('drop table store.journal')
    return lines
  } finally { db.exec('detach database store') }
}

function copyLines (db: Database, store: string): number {
  const count = (sql: string) => db.prepare<[], number>(`select count(*) ${sql}`).pluck().get() ?? 0
  if (count('from main.journal') === 0) db.exec('insert into main.journal select * from store.journal')
  const strange = count('from store.journal as theirs where not exists (select 1 from main.journal as ours where ours.seq = theirs.seq and ours.line = theirs.line)')
  if (strange > 0) throw new Error(`${store} has a journal of its own with ${strange} lines that are not in ${db.name}: keep one of the two elsewhere`)
  return count('from store.journal')
}
