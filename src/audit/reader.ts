import type { ExpressionBuilder, Kysely } from 'kysely'
import { invalidField } from '../lib/errors.js'
import type { JournalSchema } from '../store/schema.js'
import type { JournalLine } from './entry.js'
import { lineOf } from './rows.js'

/** What an item must say to be listed. Times are ISO 8601 UTC with milliseconds. */
export interface CallFilter {
  readonly operation?: string
  /** A username; case does not matter. */
  readonly actor?: string
  readonly host?: string
  /** Only calls to one of these. */
  readonly hosts?: readonly string[]
  readonly since?: string
  readonly until?: string
  /** The outcome's code, or `ok`. */
  readonly outcome?: string
  readonly requestId?: string
  /** The target's full id or its name. */
  readonly target?: string
}

/**
 * Where a page begins. `upTo` is the journal's end when the first page was read: all pages show the journal as it
 * was then, so that a call that ends in between is neither missed nor listed twice.
 */
export interface Position { readonly upTo: number, readonly before: number }

export interface CallQuery extends CallFilter { readonly limit: number, readonly from?: Position }

export interface CallPage { readonly items: JournalLine[], readonly next?: Position }

/** One item per call, its last line; newest first. */
export async function listCalls (db: Kysely<JournalSchema>, { limit, from, ...filter }: CallQuery): Promise<CallPage> {
  const { upTo, before } = from ?? await theEnd(db)
  const rows = await db.selectFrom('journal as line').select(['line.seq', 'line.line'])
    .where('line.seq', '<', before)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('journal as later').select('later.seq')
      .whereRef('later.id', '=', 'line.id').whereRef('later.seq', '>', 'line.seq').where('later.seq', '<=', upTo))))
    .where(builder => builder.and(conditions(builder, filter)))
    .orderBy('line.seq', 'desc').limit(limit + 1).execute()
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const next = rows.length > limit && last !== undefined ? { upTo, before: last.seq } : undefined
  return { items: page.map(lineOf), next }
}

async function theEnd (db: Kysely<JournalSchema>): Promise<Position> {
  const { seq } = await db.selectFrom('journal').select(({ fn }) => fn.max('seq').as('seq')).executeTakeFirstOrThrow()
  const upTo = Number(seq ?? 0)
  return { upTo, before: upTo + 1 }
}

type Lines = ExpressionBuilder<JournalSchema & { line: JournalSchema['journal'] }, 'line'>

function conditions (line: Lines, { operation, actor, host, hosts, since, until, outcome, requestId, target }: CallFilter) {
  return [
    ...operation === undefined ? [] : [line('line.operation', '=', operation)],
    ...actor === undefined ? [] : [line('line.actor', '=', actor.toLowerCase())],
    ...host === undefined ? [] : [line('line.host', '=', host)],
    ...hosts === undefined ? [] : [line('line.host', 'in', [...hosts])],
    ...since === undefined ? [] : [line('line.time', '>=', since)],
    ...until === undefined ? [] : [line('line.time', '<', until)],
    ...outcome === undefined ? [] : [line('line.code', '=', outcome)],
    ...requestId === undefined ? [] : [line('line.request_id', '=', requestId)],
    ...target === undefined ? [] : [line.or([line('line.target_id', '=', target), line('line.target_name', '=', target)])]
  ]
}

export const cursorOf = ({ upTo, before }: Position): string => Buffer.from(`${upTo}.${before}`).toString('base64url')

/** @throws `invalid-input` for what this list did not give */
export function positionOf (cursor: string): Position {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (match === null) throw invalidField('cursor', 'is not a cursor of this list')
  return { upTo: Number(match[1]), before: Number(match[2]) }
}
