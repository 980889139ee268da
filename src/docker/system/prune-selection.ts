import { engineTime } from '../../engine/times.js'

export interface PruneInput { readonly until?: string, readonly label?: readonly string[], readonly labelNot?: readonly string[] }

/** What a prune is narrowed to, read once. */
export interface PruneSelection {
  /** Seconds since 1970; whole, since lists of engines know no fractions. */
  readonly untilSeconds?: number
  readonly label: readonly string[]
  readonly labelNot: readonly string[]
}

type Labels = Readonly<Record<string, string>> | null | undefined

/** @throws `invalid-input` for a time before 1970 */
export const pruneSelectionOf = ({ until, label = [], labelNot = [] }: PruneInput): PruneSelection =>
  ({ label, labelNot, ...(until === undefined ? {} : { untilSeconds: Math.floor(Number(engineTime('until', until))) }) })

/** Created before the time, with all of some labels, and not with all of others. */
export function isSelected ({ untilSeconds = Infinity, label, labelNot }: PruneSelection, given: Labels, createdSeconds: number): boolean {
  const has = labelsOf(given)
  return createdSeconds < untilSeconds && label.every(has) && !(labelNot.length > 0 && labelNot.every(has))
}

/** Whether something has a label, `key` or `key=value`. */
export function labelsOf (given: Labels): (filter: string) => boolean {
  const labels = new Map(Object.entries(given ?? {}))
  return filter => {
    const [key = '', ...value] = filter.split('=')
    return labels.has(key) && (value.length === 0 || labels.get(key) === value.join('='))
  }
}
