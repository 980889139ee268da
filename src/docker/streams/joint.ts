/** What is kept of the log that was told, to find what is told of it again. */
const TAIL_BYTES = 64 * 1024
/** So much of what comes live is looked for in the log; at least so much as long as more is on its way. */
const [NEEDLE_BYTES, LEAST_BYTES] = [4096, 256]
/** How long more is waited for. */
const GATHER_MS = 100
/** A log that tells nothing for so long has told all there is; one that lags is given longer. */
const [IDLE_MS, LAG_MS] = [250, 1000]
const NEWLINE = 0x0a

/** What is told next; `gap` where nobody knows whether something is missing before the last of it. */
export interface Told { readonly parts: readonly Buffer[], readonly gap?: boolean }

const NOTHING: Told = { parts: [] }

/**
 * Where the log of one output goes over into what comes live: a log lags behind, so that its end and the beginning of the
 * other may overlap, or not meet yet. The first bytes that came live are looked for in the log.
 */
export class Joint {
  joined = false
  readonly #tail = new Tail()
  #held: Buffer = Buffer.alloc(0)
  #heldAt = 0
  /** Whether all of the log that was told has been looked through. */
  #isSearched = false
  /** Of what comes live, bytes that the log has told. */
  #skip = 0

  get heldBytes (): number { return this.#held.length }

  /** Whether more of what comes live is to be waited for before the log goes on. */
  gathers (now: number): boolean {
    return !this.joined && this.#held.length > 0 && this.#held.length < LEAST_BYTES && now - this.#heldAt < GATHER_MS
  }

  fromLog (data: Buffer): Told {
    if (this.joined) return NOTHING
    const found = this.#held.length === 0 ? undefined : this.#find(data)
    if (found !== undefined) return found
    this.#tail.push(data)
    return { parts: [data] }
  }

  /** @param idleMs for how long the log has told nothing */
  fromLive (data: Buffer, now: number, idleMs: number): Told {
    if (this.joined) return { parts: [this.#behindSkipped(data)] }
    const isFirst = this.#held.length === 0
    if (isFirst) this.#heldAt = now
    this.#held = Buffer.concat([this.#held, data])
    if (isFirst && idleMs >= IDLE_MS) return this.#joinHere(false)
    return this.gathers(now) || this.#isSearched ? NOTHING : this.#find(Buffer.alloc(0)) ?? NOTHING
  }

  /** Looks at the clock. What is no line yet is not in the log, so that nothing is missing before it. */
  afterIdle (idleMs: number): Told {
    const isLine = this.#held.includes(NEWLINE)
    const isOver = idleMs >= (isLine || this.#held.length === 0 ? LAG_MS : IDLE_MS)
    return this.joined || !isOver ? NOTHING : this.#joinHere(isLine)
  }

  /** The log has ended. */
  atLogEnd (): Told { return this.joined ? NOTHING : this.#joinHere(this.#held.includes(NEWLINE)) }

  get #needle (): Buffer { return this.#held.subarray(0, NEEDLE_BYTES) }

  #find (data: Buffer): Told | undefined {
    const told = this.#tail.last(this.#isSearched ? this.#needle.length - 1 : TAIL_BYTES)
    this.#isSearched = true
    const seen = Buffer.concat([told, data])
    const at = seen.indexOf(this.#needle)
    return at < 0 ? undefined : this.#join(seen, at, told.length)
  }

  #joinHere (gap: boolean): Told {
    this.joined = true
    return { parts: [this.#held], gap }
  }

  /** @param told how much of what was seen has been told already */
  #join (seen: Buffer, at: number, told: number): Told {
    this.joined = true
    const gap = seen.includes(this.#needle, at + 1) || isPeriodic(this.#needle)
    if (at >= told) return { parts: [seen.subarray(told, at), this.#held], gap }
    this.#skip = told - at
    return { parts: [this.#behindSkipped(this.#held)], gap }
  }

  #behindSkipped (data: Buffer): Buffer {
    const skipped = Math.min(this.#skip, data.length)
    this.#skip -= skipped
    return data.subarray(skipped)
  }
}

/** Whether it may stand in a repeating output at more places than one. */
function isPeriodic (needle: Buffer): boolean {
  const half = needle.subarray(0, Math.ceil(needle.length / 2))
  const again = needle.indexOf(half, 1)
  return needle.length > 1 && again > 0
}

/** The last bytes of what was told. */
class Tail {
  #parts: Buffer[] = []
  #bytes = 0

  push (data: Buffer): void {
    // A copy: a few bytes that are kept must not keep 64 KiB alive.
    this.#parts.push(Buffer.from(data))
    this.#bytes += data.length
    while (this.#bytes - (this.#parts[0]?.length ?? 0) >= TAIL_BYTES) this.#bytes -= this.#parts.shift()?.length ?? 0
  }

  last (bytes: number): Buffer {
    const all = Buffer.concat(this.#parts)
    this.#parts = [all]
    return all.subarray(Math.max(0, all.length - bytes))
  }
}
