import type { Limits, Limits as RoleLimits } from '../../authorization/limits/schema.js'

/** What is wrong with a value, for the person who sent it; undefined: nothing. */
export type Refuse = (value: unknown, limits: Limits) => string | undefined

/** Something that is refused: which limit says so, where in the object, and in which words. */
export interface Violation { readonly limit: string, readonly at: readonly string[], readonly message: string }

type Fields = Readonly<Record<string, unknown>>

/**
 * What is said of one field of the engine's API. What has no row is refused. `engines`: where the caller has not said
 * anything, what the engine then does is its own setting, and no fault of the caller's.
 */
export type Row =
  | { readonly kind: 'free' }
  | { readonly kind: 'limited', readonly limit: string, readonly refuse: Refuse, readonly engines?: true }
  | { readonly kind: 'parts', readonly rows: Rows, readonly whole?: Whole, readonly engines?: true }
  | { readonly kind: 'each', readonly row: Row, readonly engines?: true }

export type Rows = Readonly<Record<string, Row>>

/** What depends on several fields of an object. */
export type Whole = (object: Fields, limits: Limits) => readonly Violation[]

/** Nothing in it reaches beyond the container, or what does is looked at as a reference (see authorization/references.ts). */
export const free: Row = { kind: 'free' }
/** Looked at by the `whole` of the object that it is in, with what goes with it. */
export const together: Row = free
export const limited = (limit: string, refuse: Refuse): Row => ({ kind: 'limited', limit, refuse })
export const parts = (rows: Rows, whole?: Whole): Row => ({ kind: 'parts', rows, ...(whole === undefined ? {} : { whole }) })
/** Of a list or a map. */
export const each = (row: Row): Row => ({ kind: 'each', row })
export const engines = (row: Row): Row => row.kind === 'free' ? row : { ...row, engines: true }
/** For nobody but who has no limits. */
export const never = (limit: string, what: string): Row => limited(limit, value => isNothing(value) ? undefined : `${what}: no limit allows it, so that it takes the role admin`)

/** What an engine takes for nothing said. */
export const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || value === false || value === 0 || (typeof value === 'object' && Object.keys(value).length === 0)

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

export const textsIn = (value: unknown): string[] => Array.isArray(value) ? value.filter(item => typeof item === 'string') : []

/**
 * What limits have against something that an engine is to be sent.
 * @param asked what was sent, where the value is what the engine made of it: what is there of itself is the engine's own
 */
export function violations (row: Row, value: unknown, limits: Limits, asked?: Asked): readonly Violation[] {
  if (row.kind === 'free' || value === undefined || value === null) return []
  if (row.engines === true && asked !== undefined && isUnsaid(asked.said)) return []
  if (row.kind === 'limited') {
    const message = row.refuse(value, limits)
    return message === undefined ? [] : [{ limit: row.limit, at: [], message }]
  }
  if (typeof value !== 'object') return [{ limit: 'unknown', at: [], message: 'must be an object or a list' }]
  const fields = value as Fields
  const inside = Object.entries(fields).flatMap(([name, inner]) => {
    const rowOf = row.kind === 'each' ? row.row : Object.hasOwn(row.rows, name) ? row.rows[name] : undefined
    const found = rowOf === undefined ? undecided(asked) : violations(rowOf, inner, limits, asked && { said: partOf(asked.said, name) })
    return found.map((violation): Violation => ({ ...violation, at: [name, ...violation.at] }))
  })
  return row.kind === 'each' ? inside : [...inside, ...row.whole?.(fields, limits) ?? []]
}

/** What was said of something that an engine has made. */
interface Asked { readonly said: unknown }

const isUnsaid = (said: unknown): boolean => said === undefined || said === null || said === ''

const partOf = (said: unknown, name: string): unknown => typeof said === 'object' && said !== null ? (said as Fields)[name] : undefined

/** Nobody sends what has no row; that a newer engine tells more of what it made is no fault. */
const undecided = (asked: Asked | undefined): Violation[] =>
  asked === undefined ? [{ limit: 'unknown', at: [], message: 'is a field that nobody has decided about: it takes the role admin' }] : []

/** What limits have against a call that was looked at. */
export type FindViolations = (limits: LimitsOnHost) => readonly Violation[]

/** A role's limits where they are held against something on a host. */
export interface LimitsOnHost extends RoleLimits {
  /** Folders of that host in which others may write: see on-host.ts. */
  readonly writtenOnHost?: readonly string[]
}
