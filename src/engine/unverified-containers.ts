import { Failure } from '../lib/errors.js'
import { RESERVED_LABELS } from '../model/resource.js'

/** Marks of one host that are kept. */
const MOST_CALLS = 10_000

/**
 * The containers of one host that nobody has looked at yet, by the calls that create them: what may be more than
 * its maker may have. A call stands from before the engine is asked until the look has let it through, or it is known that nothing
 * is left of it; so a create that was lost stays here, whenever the engine comes to make it.
 */
export class UnverifiedContainers {
  /** With whether the call is under way. */
  readonly #calls = new Map<string, boolean>()

  constructor (private readonly most = MOST_CALLS) {}

  /** @throws `overloaded` while there are too many, of which nothing may be forgotten */
  begin (callId: string): void {
    if (!this.#calls.has(callId) && this.#calls.size >= this.most) throw new Failure('overloaded', `${this.#calls.size} creates on this host have no known end: no more are begun`)
    this.#calls.set(callId, true)
  }

  /** What became of it is not known. */
  lost (callId: string): void {
    this.#calls.set(callId, false)
  }

  end (callId: string): void {
    this.#calls.delete(callId)
  }

  /** Why nothing may be done with a container of these labels; undefined: nobody waits for a look at it. */
  reason (labels: Readonly<Record<string, string>>): string | undefined {
    const isUnderWay = this.#calls.get(labels[CALL_LABEL] ?? '')
    if (isUnderWay === undefined) return undefined
    return isUnderWay ? 'is still being made: wait until its create has answered' : 'was made by a create whose end is not known, and nobody has looked at what came of it: remove it, and create it again'
  }
}

/** Says which call made a container: its id in the audit log. Only where somebody may have to find it again, or it is looked at. */
export const CALL_LABEL = `${RESERVED_LABELS}call`
