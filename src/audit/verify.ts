import { sql, type Kysely } from 'kysely'
import type { JournalSchema } from '../store/schema.js'
import { START, canonical, faultIn, type Tip } from './chain.js'
import { lineOf, mismatchedColumn } from './rows.js'
import { expectedSchema, schemaOf } from './expected-schema.js'

export type Verdict =
  | { readonly ok: true, readonly lines: number }
  /** `seq` is the first line that is wrong; 0: it is no single line's. */
  | { readonly ok: false, readonly seq: number, readonly reason: string }

const BATCH = 1_000

/**
 * Walks the whole chain. Finds a line that was changed, added, moved or taken out, a column that no longer says what its
 * line says, and a table or index that no longer finds by its columns what they say. Lines cut off at the end leave a whole chain behind: only signed checkpoints will show those.
 */
export async function verifyChain (db: Kysely<JournalSchema>): Promise<Verdict> {
  let tip = START
  for (;;) {
    const rows = await db.selectFrom('journal').selectAll().where('seq', '>', tip.seq).orderBy('seq').limit(BATCH).execute()
    for (const row of rows) {
      const reason = faultOf(row, tip)
      if (reason !== undefined) return { ok: false, seq: tip.seq + 1, reason }
      tip = row
    }
    if (rows.length < BATCH) return await sealed(db, tip)
  }
}

/** Numbers below one come before the walk begins. */
async function sealed (db: Kysely<JournalSchema>, tip: Tip): Promise<Verdict> {
  const { lines } = await db.selectFrom('journal').select(({ fn }) => fn.countAll<number>().as('lines')).where('seq', '<=', tip.seq).executeTakeFirstOrThrow()
  if (Number(lines) !== tip.seq) return { ok: false, seq: 0, reason: 'there are lines before the first' }
  const reason = await schemaFault(db) ?? await indexFault(db)
  return reason === undefined ? { ok: true, lines: tip.seq } : { ok: false, seq: 0, reason }
}

/** A view, a trigger, or an index over some lines alone would hide others from a search and leave all of them as they are. */
async function schemaFault (db: Kysely<JournalSchema>): Promise<string | undefined> {
  const [found, expected] = [await schemaOf(db), await expectedSchema()]
  const names = new Set([...expected.keys(), ...found.keys()])
  const stray = [...names].find(name => found.get(name) !== expected.get(name))
  return stray === undefined ? undefined : `${stray} of its database is not as the gateway makes it: searches may miss lines`
}

/** Whether each index has all lines, by what their columns say. */
async function indexFault (db: Kysely<JournalSchema>): Promise<string | undefined> {
  const { rows: [first] } = await sql<{ integrity_check: string }>`pragma integrity_check(journal)`.execute(db)
  return first?.integrity_check === 'ok' ? undefined : `an index does not say what the lines say, so that searches may miss some: ${first?.integrity_check}`
}

type Row = Readonly<Record<'seq', number> & Record<'line', string> & Record<string, unknown>>

function faultOf (row: Row, tip: Tip): string | undefined {
  if (row.seq !== tip.seq + 1) return 'the line is missing'
  try {
    const line = lineOf(row)
    if (row.line !== canonical(line)) return 'its text is not canonical JSON'
    const stray = mismatchedColumn(row, line)
    return faultIn({ ...line }, tip) ?? (stray === undefined ? undefined : `its column ${stray} does not say what the line says`)
  } catch {
    return 'it can\'t be read'
  }
}
