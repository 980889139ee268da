import { rateLimited } from '../../lib/errors.js'
import { networkOf } from '../../lib/ip-network.js'

export interface AddressLimits {
  /** Sign-ins from one address that may fail, or be under way, within the window. */
  readonly attempts: number
  readonly windowMs: number
  /** Addresses remembered; the one that was quiet for longest goes first. */
  readonly addresses: number
}

export const ADDRESS_LIMITS: AddressLimits = { attempts: 60, windowMs: 60_000, addresses: 10_000 }

/**
 * Bounds what one address can make the gateway do before it has signed in: a password costs far more to check than
 * to send. Kept in memory, as it is about work and not about guessing: the lock of a name outlives a restart.
 */
export class AddressAttempts {
  readonly #now: () => Date
  readonly #limits: AddressLimits
  /** When each began, oldest first. */
  readonly #attempts = new Map<string, number[]>()

  constructor (now: () => Date, limits: AddressLimits) {
    this.#now = now
    this.#limits = limits
  }

  /** An attempt counts from its beginning, and is forgiven when it succeeds. @throws `rate-limited` without trying */
  async attempt<T> (address: string, work: () => Promise<T>): Promise<T> {
    const key = networkOf(address)
    const begun = this.#now().getTime()
    this.#count(key, begun)
    const result = await work()
    this.#forgive(key, begun)
    return result
  }

  #count (key: string, now: number): void {
    const { attempts, windowMs, addresses } = this.#limits
    const recent = (this.#attempts.get(key) ?? []).filter(time => time > now - windowMs)
    const [oldest = now] = recent
    if (recent.length >= attempts) throw rateLimited('too many sign-ins from this address have failed: try again later', Math.ceil((oldest + windowMs - now) / 1000))
    // Anew, so that it is the last to go.
    this.#attempts.delete(key)
    this.#attempts.set(key, [...recent, now])
    const [quietest] = this.#attempts.keys()
    if (this.#attempts.size > addresses && quietest !== undefined) this.#attempts.delete(quietest)
  }

  #forgive (key: string, begun: number): void {
    const times = this.#attempts.get(key) ?? []
    const at = times.indexOf(begun)
    if (at >= 0) times.splice(at, 1)
    if (times.length === 0) this.#attempts.delete(key)
  }
}
