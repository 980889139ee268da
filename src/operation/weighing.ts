import type { Decision } from '../auth/access/decision.js'
import { ruleOf, type Granted } from '../auth/access/grant.js'
import type { Ways } from '../auth/access/stamps.js'
import type { Limits } from '../auth/limits/schema.js'
import { forbidden } from '../errors.js'
import type { Services } from '../services.js'
import type { Target } from './context.js'
import type { AnyOperation } from './define.js'
import { LIMITS } from './parse.js'
import type { Refusal, Weighed } from './things.js'

type Input = { [name: string]: unknown }

/** How a call is to be made, once nothing is against it. */
export interface Settled { readonly input: Input, readonly grant?: Granted }

/**
 * Of the grants by which a call can be made, the first whose limits have nothing against it: one grant carries the whole
 * call. Where each has something against it, what the one says that has the least.
 */
export async function weigh (operation: AnyOperation, { grants, inputBy }: Ways, target: Target | undefined, services: Pick<Services, 'hosts'>): Promise<Settled | Extract<Decision, { effect: 'deny' }>> {
  const [first] = grants
  if (operation.weighs === undefined || first?.limits == null) return { grant: first, input: inputBy(first) }
  const weighing = await operation.weighs(inputBy(first), target, services)
  const known = new Map<Limits, Weighed>()
  let least: readonly Refusal[] | undefined
  for (const grant of grants) {
    if (grant?.limits == null) return { grant, input: inputBy(grant) }
    const weighed = known.get(grant.limits) ?? weighing(grant.limits)
    known.set(grant.limits, weighed)
    if (weighed.refusals.length === 0) return { grant, input: { ...inputBy(grant), ...weighed.adds } }
    if (least === undefined || weighed.refusals.length < least.length) least = weighed.refusals
  }
  return beyond(operation.name, least ?? [])
}

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
