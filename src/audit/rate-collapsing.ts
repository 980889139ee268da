import type { JournalEntry } from './entry.js'

export interface CollapseLimits {
  /** How long counts run, in milliseconds. */
  readonly windowMs: number
  /** Refusals of one source and kind that are lines of their own, per window. */
  readonly perKey: number
  /** Refusals altogether that are lines of their own, per window. */
  readonly total: number
  /** Sources and kinds told apart, per window; what comes on top shares one line per kind. */
  readonly keys: number
}

export const COLLAPSE_LIMITS: CollapseLimits = { windowMs: 1_000, perKey: 100, total: 500, keys: 1_000 }

/** By what refusals are told apart. */
export interface CollapseKey { readonly source: string, readonly kind: string }

/** Of anonymous callers, by address and code. */
export const byAddress = ({ client, outcome }: JournalEntry): CollapseKey => ({ source: client.address, kind: outcome?.code ?? '' })

/** Of those who signed in, by user and rule. */
export const byUser = ({ actor, client, decision }: JournalEntry): CollapseKey => ({ source: actor?.id ?? client.address, kind: decision?.rule ?? '' })

interface CollapsedRefusals { lines: number, count: number, stands?: JournalEntry }

/** Collapses many refusals of one kind: the first are lines of their own, the rest of a window is one line with an exact count. */
export class RateCollapser {
  readonly #limits: CollapseLimits
  readonly #keyOf: (entry: JournalEntry) => CollapseKey
  readonly #emit: (entry: JournalEntry) => void
  readonly #collapsed = new Map<string, CollapsedRefusals>()
  #total = 0
  #timer: NodeJS.Timeout | undefined

  constructor (limits: CollapseLimits, keyOf: (entry: JournalEntry) => CollapseKey, emit: (entry: JournalEntry) => void) {
    this.#limits = limits
    this.#keyOf = keyOf
    this.#emit = emit
  }

  /** Whether the refusal is a line of its own; when not, it was counted. */
  admits (entry: JournalEntry): boolean {
    this.#timer ??= setTimeout(() => { this.#endWindow() }, this.#limits.windowMs).unref()
    const collapsed = this.#collapsedOf(this.#keyOf(entry))
    if (collapsed.lines < this.#limits.perKey && this.#total < this.#limits.total) {
      collapsed.lines++
      this.#total++
      return true
    }
    collapsed.count++
    collapsed.stands = merged(collapsed.stands, entry)
    return false
  }

  /** Writes down what was counted so far. */
  flush (): void {
    for (const collapsed of this.#collapsed.values()) {
      const { stands, count } = collapsed
      if (stands?.outcome == null) continue
      this.#emit({ ...stands, outcome: { ...stands.outcome, count } })
      collapsed.stands = undefined
      collapsed.count = 0
    }
  }

  close (): void {
    clearTimeout(this.#timer)
    this.#endWindow()
  }

  #endWindow (): void {
    this.#timer = undefined
    this.flush()
    this.#collapsed.clear()
    this.#total = 0
  }

  #collapsedOf ({ source, kind }: CollapseKey): CollapsedRefusals {
    const key = `${source} ${kind}`
    let collapsed = this.#collapsed.get(key)
    if (collapsed !== undefined) return collapsed
    if (this.#collapsed.size >= this.#limits.keys && source !== MANY) return this.#collapsedOf({ source: MANY, kind })
    this.#collapsed.set(key, collapsed = { lines: 0, count: 0 })
    return collapsed
  }
}

/** Stands in a line for what came from more than one. */
const MANY = 'many'

/** What two refusals have in common; what differs is left out. */
function merged (one: JournalEntry | undefined, other: JournalEntry): JournalEntry {
  if (one === undefined) return { ...other, client: { address: other.client.address }, input: {}, outcome: other.outcome ?? { code: null, durationMs: 0 } }
  return {
    ...one,
    client: { address: one.client.address === other.client.address ? one.client.address : MANY },
    operation: one.operation === other.operation ? one.operation : null,
    class: one.class === other.class ? one.class : null,
    host: one.host === other.host ? one.host : null,
    target: one.target?.id === other.target?.id ? one.target : null,
    actor: one.actor?.id === other.actor?.id ? one.actor : null
  }
}
