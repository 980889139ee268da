import type { Resource } from '../model/resource.js'
import { GrantIndex } from './grant-index.js'
import type { EffectiveGrant } from './effective-grant.js'
import { matchSubjectOf, type MatchSubject } from './selector.js'

/** Of fewer grants all are looked at: that costs less than to put them in order. */
const MANY = 20
/** Of so many users the order is kept. */
const KEPT = 64

/** Many grants, put in order by what they ask for; made when it is first needed. */
export class UserGrantIndex {
  readonly #candidates = new Map<MatchSubject, GrantIndex>()

  constructor (private readonly grants: readonly EffectiveGrant[]) {}

  /** Those of the grants, which may be narrowed meanwhile, that may mean a resource, in their order. */
  about (resource: Resource, grants: readonly EffectiveGrant[], userId: string): readonly EffectiveGrant[] {
    // Without a host nothing is left out by hosts.
    return resource.host === undefined ? grants : this.#of(matchSubjectOf(resource, userId)).among(grants, resource)
  }

  #of (subject: MatchSubject): GrantIndex {
    let candidates = this.#candidates.get(subject)
    if (candidates === undefined) {
      candidates = new GrantIndex(this.grants.map(({ match, requiredHost }) => [...match?.requiredTexts[subject] ?? [], requiredHost]))
      this.#candidates.set(subject, candidates)
    }
    return candidates
  }

  /** Whether these ask for the same, one by one. What texts of the store come to is the same object each time. */
  isOf (grants: readonly EffectiveGrant[]): boolean {
    return grants.length === this.grants.length && grants.every(({ match, requiredHost }, at) => match === this.grants[at]?.match && requiredHost === this.grants[at].requiredHost)
  }
}

/** Grants are read fresh for each call; that of one user's ask for the same as the last time is soon seen. */
export class GrantIndexCache {
  readonly #kept = new Map<string, UserGrantIndex>()

  of (user: string, grants: readonly EffectiveGrant[]): UserGrantIndex | undefined {
    if (grants.length < MANY) return undefined
    const kept = this.#kept.get(user)
    const order = kept?.isOf(grants) === true ? kept : new UserGrantIndex(grants)
    this.#kept.delete(user)
    this.#kept.set(user, order)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return order
  }
}
