import type { Database } from 'better-sqlite3'
import { START, lineAfter, type Tip } from './chain.js'
import type { JournalEntry, JournalLine } from './entry.js'
import { lineOf, rowOf } from './rows.js'

/**
 * Chains entries and commits them in one transaction, and so with one sync. The transaction holds the write lock
 * from its beginning and reads the chain's end inside: writers of several processes can't fork the chain.
 *
 * Plain SQLite, not Kysely: this runs in a thread, which SQLite alone needs, and loading Kysely there would cost
 * the start of the gateway more than all the rest of the thread.
 */
export function appendBatch (db: Database, entries: readonly JournalEntry[], now = new Date()): void {
  const time = now.toISOString()
  db.transaction(() => {
    const insert = db.prepare(INSERT)
    let tip = tipOf(db)
    for (const entry of entries) {
      const line = lineAfter(tip, entry, time)
      insert.run(rowOf(line))
      tip = line
    }
  }).immediate()
}

const COLUMNS = ['seq', 'id', 'time', 'stage', 'request_id', 'operation', 'actor', 'host', 'target_id', 'target_name', 'code', 'hash', 'line']
const INSERT = `insert into journal (${COLUMNS.join(', ')}) values (${COLUMNS.map(name => `@${name}`).join(', ')})`

const tipOf = (db: Database): Tip =>
  db.prepare<[], Tip>('select seq, hash from journal order by seq desc limit 1').get() ?? START

/** Calls at once: bounds what is held in memory. */
const CALLS = 1_000

/**
 * Ends the calls that a process left open when it died: what became of them is not known, and the journal says so.
 * @returns how many there were
 */
export function recoverOpen (db: Database): number {
  const seqs = openCalls(db)
  const line = db.prepare<[number], { line: string }>('select line from journal where seq = ?')
  for (let start = 0; start < seqs.length; start += CALLS) {
    const rows = seqs.slice(start, start + CALLS).flatMap(seq => line.get(seq) ?? [])
    appendBatch(db, rows.map(row => recovered(lineOf(row))))
  }
  return seqs.length
}

/** The last line of each; answered from the index alone. */
function openCalls (db: Database): number[] {
  return db.prepare<[], number>(`select max(seq) from journal group by id
    having sum(stage in ('completed', 'denied', 'recovered')) = 0 order by 1`).pluck().all()
}

/** How long it took is not known either: zero says that nothing was measured. */
function recovered ({ id, requestId, surface, actor, client, operation, class: kind, host, target, input, decision }: JournalLine): JournalEntry {
  return {
    id, stage: 'recovered', requestId, surface, actor, client, operation, class: kind, host, target, input, decision, outcome: { code: 'outcome-unknown', durationMs: 0, end: 'unknown' }
  }
}
