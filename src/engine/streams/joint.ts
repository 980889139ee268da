/** What is kept of the log that was told, to find what is told of it again. */
const TAIL_BYTES = 1024 * 1024
/** What is kept of what came live, to be looked for. */
const LIVE_BYTES = 64 * 1024
/** So much of what comes live is looked for in the log, and at least so much where it comes fast. */
const [NEEDLE_BYTES, LEAST_BYTES] = [4096, 256]
/** Of a process that writes little, what has come is looked for after so long. */
const GATHER_MS = 500
/** For how long a log that has told all there is tells nothing, and for how long one that lags may, on a machine that has much to do. */
const [IDLE_MS, LAG_MS] = [250, 5000]
const NEWLINE = 0x0a

/** What is told next; `gap` where nobody knows whether something is missing before the last of it. */
export interface JointReport { readonly parts: readonly Buffer[], readonly gap?: boolean }

const NOTHING: JointReport = { parts: [] }

/**
 * Where the log of one output goes over into what comes live: a log lags behind, so that its end and the beginning of the
 * other may overlap, or not meet yet. The first bytes that came live are looked for in the log. What is no line yet is not in
 * the log: where that tells nothing more it is told at once, and the line that the log has of it later must be the next.
 */
export class Joint {
  /** Whether what comes live is told. */
  #joined = false
  /** Whether no more of the log is needed. */
  #settled = false
  readonly #tail = new Tail()
  #held: Buffer = Buffer.alloc(0)
  #heldAt = 0
  /** Whether all of the log that was told has been looked through. */
  #isSearched = false
  /** Of what comes live, bytes that the log has told. */
  #skip = 0
  /** What the log has told since what comes live is told. */
  #since: Buffer = Buffer.alloc(0)

  /** @param wanted of an output that does not come at all there is nothing to join */
  constructor (wanted = true) { if (!wanted) this.#settle() }

  get settled (): boolean { return this.#settled }

  /** What waits for the log. */
  get heldBytes (): number { return this.#joined ? 0 : this.#held.length }

  fromLog (data: Buffer, now: number): JointReport {
    if (this.#settled) return NOTHING
    if (this.#joined) return this.#verify(data)
    const found = this.#isReady(now) ? this.#find(data) : undefined
    if (found !== undefined) return found
    this.#tail.push(data)
    return { parts: [data] }
  }

  fromLive (data: Buffer, now: number): JointReport {
    if (!this.#settled && this.#held.length === 0) this.#heldAt = now
    if (!this.#settled && this.#held.length < LIVE_BYTES) this.#held = Buffer.concat([this.#held, data])
    if (this.#joined) return { parts: [this.#behindSkipped(data)] }
    return this.#isReady(now) && !this.#isSearched ? this.#find(Buffer.alloc(0)) ?? NOTHING : NOTHING
  }

  /** @param idleMs for how long the log has told nothing */
  afterIdle (now: number, idleMs: number): JointReport {
    if (this.#settled) return NOTHING
    if (idleMs >= LAG_MS) return this.atLogEnd()
    if (this.#joined) return NOTHING
    if (this.#isReady(now) && !this.#isSearched) return this.#find(Buffer.alloc(0)) ?? NOTHING
    if (this.#held.length === 0 || this.#held.includes(NEWLINE) || idleMs < IDLE_MS) return NOTHING
    this.#joined = true
    return { parts: [this.#held] }
  }

  /** No more comes of the log. */
  atLogEnd (): JointReport {
    const found = this.#joined || this.#held.length === 0 ? NOTHING : this.#isSearched ? undefined : this.#find(Buffer.alloc(0))
    this.#settle()
    return found ?? { parts: [this.#held], gap: this.#held.includes(NEWLINE) }
  }

  #settle (): void {
    this.#joined = this.#settled = true
    this.#tail.clear()
  }

  get #needle (): Buffer { return this.#held.subarray(0, NEEDLE_BYTES) }

  #isReady (now: number): boolean {
    return this.#held.length >= LEAST_BYTES || (now - this.#heldAt >= GATHER_MS && this.#held.includes(NEWLINE))
  }

  /** The first line that the log tells now must be the one whose end came live. */
  #verify (data: Buffer): JointReport {
    if (this.#since.length < LIVE_BYTES) this.#since = Buffer.concat([this.#since, data])
    const [logged, live] = [firstLine(this.#since), firstLine(this.#held)]
    if (logged === undefined || live === undefined) return NOTHING
    this.#settle()
    return { parts: [], gap: !logged.subarray(Math.max(0, logged.length - live.length)).equals(live) }
  }

  #find (data: Buffer): JointReport | undefined {
    const told = this.#tail.last(this.#isSearched ? this.#needle.length - 1 : TAIL_BYTES)
    this.#isSearched = true
    const seen = Buffer.concat([told, data])
    const at = seen.indexOf(this.#needle)
    return at < 0 ? undefined : this.#join(seen, at, told.length)
  }

  /** @param told how much of what was seen has been told already */
  #join (seen: Buffer, at: number, told: number): JointReport {
    this.#settle()
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

function firstLine (data: Buffer): Buffer | undefined {
  const end = data.indexOf(NEWLINE)
  return end < 0 ? undefined : data.subarray(0, end + 1)
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

  clear (): void { this.#parts = [] }

  last (bytes: number): Buffer {
    const all = Buffer.concat(this.#parts)
    this.#parts = [all]
    return all.subarray(Math.max(0, all.length - bytes))
  }
}
