import type { JournalEntry } from './entry.js'

export interface FloodLimits {
  /** How long counts run, in milliseconds. */
  readonly windowMs: number
  /** Refusals from one address with one code that are lines of their own, per window. */
  readonly perKey: number
  /** Refusals altogether that are lines of their own, per window. */
  readonly total: number
  /** Addresses and codes told apart, per window; what comes on top shares one line per code. */
  readonly keys: number
}

export const FLOOD_LIMITS: FloodLimits = { windowMs: 1_000, perKey: 100, total: 500, keys: 1_000 }

interface Flood { lines: number, count: number, stands?: JournalEntry }

/** Collapses floods of refusals: the first are lines of their own, the rest of a window is one line with an exact count. */
export class Floods {
  readonly #limits: FloodLimits
  readonly #emit: (entry: JournalEntry) => void
  readonly #floods = new Map<string, Flood>()
  #total = 0
  #timer: NodeJS.Timeout | undefined

  constructor (limits: FloodLimits, emit: (entry: JournalEntry) => void) {
    this.#limits = limits
    this.#emit = emit
  }

  /** Whether the refusal is a line of its own; when not, it was counted. */
  admits (entry: JournalEntry): boolean {
    this.#timer ??= setTimeout(() => { this.#endWindow() }, this.#limits.windowMs).unref()
    const { address, flood } = this.#floodOf(entry.client.address, entry.outcome?.code ?? '')
    if (flood.lines < this.#limits.perKey && this.#total < this.#limits.total) {
      flood.lines++
      this.#total++
      return true
    }
    flood.count++
    flood.stands = merged(flood.stands, { ...entry, client: { address } })
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

  #floodOf (address: string, code: string): { address: string, flood: Flood } {
    const key = `${address} ${code}`
    let flood = this.#floods.get(key)
    if (flood !== undefined) return { address, flood }
    if (this.#floods.size >= this.#limits.keys && address !== MANY) return this.#floodOf(MANY, code)
    this.#floods.set(key, flood = { lines: 0, count: 0 })
    return { address, flood }
  }
}

/** Stands in a line for the addresses that were too many to tell apart. */
const MANY = 'many'

/** What two refusals have in common; what differs is left out. */
function merged (one: JournalEntry | undefined, other: JournalEntry): JournalEntry {
  if (one === undefined) return { ...other, outcome: other.outcome ?? { code: null, durationMs: 0 } }
  return {
    ...one,
    operation: one.operation === other.operation ? one.operation : null,
    class: one.class === other.class ? one.class : null,
    actor: one.actor?.id === other.actor?.id ? one.actor : null
  }
}
