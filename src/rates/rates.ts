import { networkOf } from '../lib/ip-network.js'
import { rateLimited } from '../lib/errors.js'
import type { Call } from '../operation/context.js'
import { TokenBuckets, type Rate } from './token-buckets.js'

/** null: as often as one likes. */
export interface RateLimits { readonly perUser: Rate | null, readonly perAddress: Rate | null }

/** Users, and addresses, that are told apart. */
const KEYS = 10_000

/**
 * How often one user, and one address, may call. Counted by `invoke()`, for each operation: a document of GraphQL with a
 * hundred fields is a hundred calls. Kept in memory, as it is about work under way.
 */
export class Rates {
  readonly #users: TokenBuckets | undefined
  readonly #addresses: TokenBuckets | undefined
  /** Of addresses as well: whoever has no token takes nothing from those behind the same address who have one. */
  readonly #anonymous: TokenBuckets | undefined

  constructor ({ perUser, perAddress }: RateLimits) {
    this.#users = perUser === null ? undefined : new TokenBuckets(perUser, KEYS)
    this.#addresses = perAddress === null ? undefined : new TokenBuckets(perAddress, KEYS)
    this.#anonymous = perAddress === null ? undefined : new TokenBuckets(perAddress, KEYS)
  }

  /**
   * Counts a call. One that is refused for its user does not count for the address, which others may share.
   * @throws `rate-limited`
   */
  count ({ surface, actor, client }: Pick<Call, 'surface' | 'actor' | 'client'>): void {
    // What the gateway does by itself it does no oftener than it must.
    if (surface === 'internal') return
    const userWaits = actor === null ? 0 : this.#users?.take(actor.id) ?? 0
    if (userWaits > 0) throw rateLimited('you call too often: wait, and call less often', userWaits)
    const addressWaits = (actor === null ? this.#anonymous : this.#addresses)?.take(networkOf(client.address)) ?? 0
    if (addressWaits > 0) throw rateLimited('too many calls come from your address: wait, and call less often', addressWaits)
  }
}

declare module '../model/services.js' {
  interface Services {
    readonly rates: Rates
  }
}
