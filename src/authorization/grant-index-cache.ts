import type { Thing } from '../model/resource.js'
import { Candidates } from './grant-index.js'
import type { Granted } from './effective-grant.js'
import { subjectOf, type Subject } from './selector.js'

/** Of fewer grants all are looked at: that costs less than to put them in order. */
const MANY = 20
/** Of so many users the order is kept. */
const KEPT = 64

/** Many grants, put in order by what they ask for; made when it is first needed. */
export class Order {
  readonly #candidates = new Map<Subject, Candidates>()

  constructor (private readonly grants: readonly Granted[]) {}

  /** Those of the grants, which may be narrowed meanwhile, that may mean a thing, in their order. */
  about (thing: Thing, grants: readonly Granted[], userId: string): readonly Granted[] {
    // Without a host nothing is left out by hosts.
    return thing.host === undefined ? grants : this.#of(subjectOf(thing, userId)).among(grants, thing)
  }

  #of (subject: Subject): Candidates {
    let candidates = this.#candidates.get(subject)
    if (candidates === undefined) {
      candidates = new Candidates(this.grants.map(({ match, onHostMust }) => [...match?.musts[subject] ?? [], onHostMust]))
      this.#candidates.set(subject, candidates)
    }
    return candidates
  }

  /** Whether these ask for the same, one by one. What texts of the store come to is the same object each time. */
  isOf (grants: readonly Granted[]): boolean {
    return grants.length === this.grants.length && grants.every(({ match, onHostMust }, at) => match === this.grants[at]?.match && onHostMust === this.grants[at].onHostMust)
  }
}

/** Grants are read fresh for each call; that of one user's ask for the same as the last time is soon seen. */
export class Orders {
  readonly #kept = new Map<string, Order>()

  of (user: string, grants: readonly Granted[]): Order | undefined {
    if (grants.length < MANY) return undefined
    const kept = this.#kept.get(user)
    const order = kept?.isOf(grants) === true ? kept : new Order(grants)
    this.#kept.delete(user)
    this.#kept.set(user, order)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return order
  }
}
