import { ROWS } from './request-scheduler.js'

export type Row = Readonly<Record<string, unknown>>

/** From one type to another, through an operation like any other: nothing escapes policy or journal. */
export interface Relation {
  /** The types that have it. */
  readonly on: readonly string[]
  readonly field: string
  readonly description: string
  readonly operation: string
}

/** What a relation with a call for each row says of itself. */
export const PER_ROW = `One call of its own: on ${ROWS} rows of a document at most, it is \`too-large\` on those beyond.`
