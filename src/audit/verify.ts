import type { Kysely } from 'kysely'
import type { JournalSchema } from '../store/schema.js'
import { START, canonical, faultIn, type Tip } from './chain.js'
import { lineOf, strayColumn } from './rows.js'

export type Verdict =
  | { readonly ok: true, readonly lines: number }
  /** `seq` is the first line that is wrong. */
  | { readonly ok: false, readonly seq: number, readonly reason: string }

const BATCH = 1_000

/**
 * Walks the whole chain. Finds a line that was changed, added, moved or taken out, and a column that no longer says
 * what its line says. Lines cut off at the end leave a whole chain behind: only signed checkpoints will show those.
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
  if (Number(lines) === tip.seq) return { ok: true, lines: tip.seq }
  return { ok: false, seq: 0, reason: 'there are lines before the first' }
}

type Row = Readonly<Record<'seq', number> & Record<'line', string> & Record<string, unknown>>

function faultOf (row: Row, tip: Tip): string | undefined {
  if (row.seq !== tip.seq + 1) return 'the line is missing'
  try {
    const line = lineOf(row)
    if (row.line !== canonical(line)) return 'its text is not canonical JSON'
    const stray = strayColumn(row, line)
    return faultIn({ ...line }, tip) ?? (stray === undefined ? undefined : `its column ${stray} does not say what the line says`)
  } catch {
    return 'it can\'t be read'
  }
}
