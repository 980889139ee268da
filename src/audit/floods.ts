import type { JournalEntry } from './entry.js'

export interface FloodLimits {
  /** How long counts run, in milliseconds. */
  readonly windowMs: number
  /** Refusals of one source and kind that are lines of their own, per window. */
  readonly perKey: number
  /** Refusals altogether that are lines of their own, per window. */
  readonly total: number
  /** Sources and kinds told apart, per window; what comes on top shares one line per kind. */
  readonly keys: number
}

export const FLOOD_LIMITS: FloodLimits = { windowMs: 1_000, perKey: 100, total: 500, keys: 1_000 }

/** By what refusals are told apart. */
export interface FloodKey { readonly source: string, readonly kind: string }

/** Of strangers, by address and code. */
export const strangers = ({ client, outcome }: JournalEntry): FloodKey => ({ source: client.address, kind: outcome?.code ?? '' })

/** Of those who signed in, by user and rule. */
export const members = ({ actor, client, decision }: JournalEntry): FloodKey => ({ source: actor?.id ?? client.address, kind: decision?.rule ?? '' })

interface Flood { lines: number, count: number, stands?: JournalEntry }

/** Collapses floods of refusals: the first are lines of their own, the rest of a window is one line with an exact count. */
export class Floods {
  readonly #limits: FloodLimits
  readonly #keyOf: (entry: JournalEntry) => FloodKey
  readonly #emit: (entry: JournalEntry) => void
  readonly #floods = new Map<string, Flood>()
  #total = 0
  #timer: NodeJS.Timeout | undefined

  constructor (limits: FloodLimits, keyOf: (entry: JournalEntry) => FloodKey, emit: (entry: JournalEntry) => void) {
    this.#limits = limits
    this.#keyOf = keyOf
    this.#emit = emit
  }

  /** Whether the refusal is a line of its own; when not, it was counted. */
  admits (entry: JournalEntry): boolean {
    this.#timer ??= setTimeout(() => { this.#endWindow() }, this.#limits.windowMs).unref()
    const flood = this.#floodOf(this.#keyOf(entry))
    if (flood.lines < this.#limits.perKey && this.#total < this.#limits.total) {
      flood.lines++
      this.#total++
      return true
    }
    flood.count++
    flood.stands = merged(flood.stands, entry)
    return false
  }

  /** Writes down what was counted so far. */
  flush (): void {
    for (const flood of this.#floods.values()) {
      const { stands, count } = flood
      if (stands?.outcome == null) continue
      this.#emit({ ...stands, outcome: { ...stands.outcome, count } })
      flood.stands = undefined
      flood.count = 0
    }
  }

  close (): void {
    clearTimeout(this.#timer)
    this.#endWindow()
  }

  #endWindow (): void {
    this.#timer = undefined
    this.flush()
    this.#floods.clear()
    this.#total = 0
  }

  #floodOf ({ source, kind }: FloodKey): Flood {
    const key = `${source} ${kind}`
    let flood = this.#floods.get(key)
    if (flood !== undefined) return flood
    if (this.#floods.size >= this.#limits.keys && source !== MANY) return this.#floodOf({ source: MANY, kind })
    this.#floods.set(key, flood = { lines: 0, count: 0 })
    return flood
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
