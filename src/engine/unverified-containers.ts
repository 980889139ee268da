import { Failure } from '../lib/errors.js'
import { RESERVED_LABELS } from '../model/resource.js'

/** Marks of one host that are kept. */
const MARKS = 10_000

/**
 * The containers of one host that nobody has looked at yet, by the marks of the calls that make them: what may be more than
 * its maker may have. A mark stands from before the engine is asked until the look has let it through, or it is known that nothing
 * is left of it; so a create that was lost keeps its mark, whenever the engine comes to make it.
 */
export class Unseen {
  /** With whether the call is under way. */
  readonly #marks = new Map<string, boolean>()

  constructor (private readonly most = MARKS) {}

  /** @throws `overloaded` while there are too many, of which nothing may be forgotten */
  begin (mark: string): void {
    if (!this.#marks.has(mark) && this.#marks.size >= this.most) throw new Failure('overloaded', `${this.#marks.size} creates on this host have no known end: no more are begun`)
    this.#marks.set(mark, true)
  }

  /** What became of it is not known. */
  lost (mark: string): void {
    this.#marks.set(mark, false)
  }

  end (mark: string): void {
    this.#marks.delete(mark)
  }

  /** Why nothing may be done with a container of these labels; undefined: nobody waits for a look at it. */
  reason (labels: Readonly<Record<string, string>>): string | undefined {
    const isUnderWay = this.#marks.get(labels[CALL_LABEL] ?? '')
    if (isUnderWay === undefined) return undefined
    return isUnderWay ? 'is still being made: wait until its create has answered' : 'was made by a create whose end is not known, and nobody has looked at what came of it: remove it, and create it again'
  }
}

/** Says which call made a container: its id in the journal. Only where somebody may have to find it again, or it is looked at. */
export const CALL_LABEL = `${RESERVED_LABELS}call`
