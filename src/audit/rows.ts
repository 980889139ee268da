import type { Insertable } from 'kysely'
import type { JournalTable } from '../store/schema.js'
import { canonical } from './chain.js'
import type { JournalLine } from './entry.js'

type Row = Insertable<JournalTable>

/** A line as its row: the text, and beside it what is searched for. */
export function rowOf (line: JournalLine): Row {
  const { seq, id, time, stage, requestId, operation, actor, host, target, outcome, hash } = line
  return {
    seq,
    id,
    time,
    stage,
    request_id: requestId,
    operation,
    actor: actor === null ? null : actor.username.toLowerCase(),
    host,
    target_id: target?.id ?? null,
    target_name: target?.name ?? null,
    code: outcome === null ? null : outcome.code ?? 'ok',
    hash,
    line: canonical(line)
  }
}

/** The line a row holds. What the gateway wrote has the shape; `verify` looks at rows that it may not have written. */
export const lineOf = ({ line }: { readonly line: string }): JournalLine => JSON.parse(line) as JournalLine

/** The first column that does not say what the line says. */
export function mismatchedColumn (row: Readonly<Record<string, unknown>>, line: JournalLine): string | undefined {
  return Object.entries(rowOf(line)).find(([name, value]) => row[name] !== value)?.[0]
}
