/** How often something may be done. */
export interface Rate {
  readonly perMinute: number
  /** How many may come at once. */
  readonly burst: number
}

interface Bucket { tokens: number, at: number }

const MINUTE_MS = 60_000

/** A bucket of tokens for each key, of a bounded number of keys: the one that was quiet for longest goes first. */
export class TokenBuckets {
  /** The one that was asked for last comes last. */
  readonly #buckets = new Map<string, Bucket>()

  /** @param now milliseconds of a clock that never goes back */
  constructor (private readonly rate: Rate, private readonly keys: number, private readonly now: () => number = () => performance.now()) {}

  /** Takes a token. @returns 0, or in how many seconds there is one */
  take (key: string): number {
    const bucket = this.#bucketOf(key)
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.rate.perMinute * MINUTE_MS / 1000)
    bucket.tokens--
    return 0
  }

  #bucketOf (key: string): Bucket {
    const { perMinute, burst } = this.rate
    const now = this.now()
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: burst, at: now }
    const bucket = { tokens: Math.min(burst, tokens + (now - at) / MINUTE_MS * perMinute), at: now }
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    const [quietest] = this.#buckets.keys()
    if (this.#buckets.size > this.keys && quietest !== undefined) this.#buckets.delete(quietest)
    return bucket
  }
}
