import type { Decision } from './decision.js'
import { ruleOf, type Granted } from './effective-grant.js'
import { ADMINS, grantBy, type Way, type Ways } from './ownership-labels.js'
import type { Limits } from './limits/schema.js'
import { forbidden } from '../lib/errors.js'
import { LIMITS } from '../model/input-limits.js'
import type { Services } from '../model/services.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import type { Target } from '../model/target.js'
import type { Refusal, Weighed } from './authorization-spec.js'

type Input = { [name: string]: unknown }

/** How a call is to be made, once nothing is against it. */
export interface Settled { readonly input: Input, readonly grant?: Granted }

/**
 * Of the grants by which a call can be made, the first whose limits have nothing against it: one grant carries the whole
 * call. Where each has something against it, what the one says that has the least.
 */
export async function weigh (operation: AuthorizedOperation, { grants, inputBy }: Ways, target: Target | undefined, services: Pick<Services, 'hosts' | 'policy'>): Promise<Settled | Extract<Decision, { effect: 'deny' }>> {
  const [first] = grants
  if (first === undefined) return { effect: 'deny', rule: 'not-covered', failure: forbidden(`you may not ${operation.name} this: no grant of yours has all of it`) }
  const by = (way: Way, adds: Input = {}): Settled => ({ grant: grantBy(way), input: { ...inputBy(grantBy(way)), ...adds } })
  if (operation.weighs === undefined || limitsOf(first) === null) return by(first)
  const weighing = await operation.weighs(inputBy(grantBy(first)), target, services)
  const known = new Map<Limits, Weighed>()
  let least: readonly Refusal[] | undefined
  for (const way of grants) {
    const limits = limitsOf(way)
    if (limits === null) return by(way)
    const weighed = known.get(limits) ?? weighing(limits)
    known.set(limits, weighed)
    if (weighed.refusals.length === 0) return by(way, weighed.adds)
    if (least === undefined || weighed.refusals.length < least.length) least = weighed.refusals
  }
  return beyond(operation.name, least ?? [])
}

/** null: none. */
const limitsOf = (way: Way): Limits | null => way === ADMINS ? null : way.limits

/** The refusal of what is beyond limits. */
export function beyond (operation: string, refusals: readonly Refusal[]) {
  const shown = refusals.slice(0, LIMITS.faults)
  const told = shown.slice(0, LIMITS.sentences).map(({ path, message }) => `${path === '' ? 'it' : path} ${message}`).join('; ')
  const rule = refusals[0]?.rule ?? 'limit'
  const errors = shown.map(({ path, message }) => ({ path, message }))
  return { effect: 'deny', rule, refusals: shown, failure: forbidden(`you may not ${operation} this: ${told}${refusals.length > LIMITS.sentences ? '; and more' : ''}`, { errors, rule }) } as const
}

/** By which rule it is let through: the grant that carries it, where one does. */
export const ruleBy = ({ grant }: Settled, otherwise: string): string => grant === undefined ? otherwise : ruleOf(grant)
