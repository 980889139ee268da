import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Kysely } from 'kysely'
import type { Test } from 'tap'
import { ulid } from 'ulid'
import { openJournal, type Journal, type JournalEntry, type JournalLimits } from '../../src/audit/journal.js'
import { Metrics } from '../../src/metrics/metrics.js'
import { openDatabase } from '../../src/store/database.js'
import type { JournalSchema } from '../../src/store/schema.js'
import { journalLocation } from '../../src/store/sqlite.js'

export interface LogLine { readonly level: 'warn' | 'error', readonly details: object, readonly message: string }

export interface Bed {
  readonly dataDir: string
  readonly file: string
  readonly journal: Journal
  readonly metrics: Metrics
  readonly log: LogLine[]
  /** The journal once more, as after a restart. The bed closes it. */
  reopen (): Promise<Journal>
  /** A Kysely connection of the test's own, to the journal. */
  db (): Kysely<JournalSchema>
  /** SQL on a connection of its own, as someone would who has the file. */
  meddle (sql: string): void
}

export function tempDir (t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'caisson-'))
  t.teardown(() => { rmSync(directory, { recursive: true, force: true }) })
  return directory
}

export async function bed (t: Test, limits: Partial<JournalLimits> = {}): Promise<Bed> {
  const dataDir = tempDir(t)
  const file = join(dataDir, 'caisson.journal.db')
  const metrics = new Metrics()
  const log: LogLine[] = []
  const options = { url: 'sqlite:', dataDir, metrics, limits, log: logInto(log) }
  const open = async () => {
    const journal = await openJournal(options)
    t.teardown(async () => { await journal.close() })
    return journal
  }
  const db = () => {
    const db = openDatabase<JournalSchema>(journalLocation({ url: 'sqlite:', dataDir }))
    t.teardown(async () => { await db.destroy() })
    return db
  }
  return { dataDir, file, journal: await open(), metrics, log, reopen: open, db, meddle: sql => { meddle(file, sql) } }
}

function meddle (file: string, sql: string): void {
  const sqlite = new Sqlite(file)
  try { sqlite.exec(sql) } finally { sqlite.close() }
}

const logInto = (log: LogLine[]) => ({
  warn: (details: object, message: string) => { log.push({ level: 'warn', details, message }) },
  error: (details: object, message: string) => { log.push({ level: 'error', details, message }) }
})

export const entry = (changes: Partial<JournalEntry> = {}): JournalEntry => ({
  id: ulid(),
  stage: 'completed',
  requestId: 'req-1',
  surface: 'rest',
  actor: { id: 'u1', username: 'Alice', credential: 'jwt:j1' },
  client: { address: '10.0.0.9', port: 51514, userAgent: 'test' },
  operation: 'container.stop',
  class: 'write',
  host: 'local',
  target: { kind: 'container', id: 'ab'.repeat(32), name: 'web' },
  input: { host: 'local', id: 'web', timeoutSeconds: 5 },
  decision: { effect: 'allow', rule: 'admin' },
  outcome: { code: null, durationMs: 12, end: 'complete' },
  ...changes
})

export const refusal = (address: string, code: 'unauthenticated' | 'invalid-input' = 'unauthenticated'): JournalEntry => entry({
  stage: 'denied', actor: null, client: { address }, operation: 'container.list', class: 'read', target: null, input: {}, decision: { effect: 'deny', rule: code }, outcome: { code, durationMs: 0 }
})

/** The value of one of the journal's counters. */
export async function lines (metrics: Metrics, outcome: string): Promise<number> {
  const metric = await metrics.registry.getSingleMetric('caisson_journal_lines_total')?.get()
  return metric?.values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0
}
