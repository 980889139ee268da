import type { Decision } from './decision.js'
import { ruleOf, type EffectiveGrant } from './effective-grant.js'
import { UNRESTRICTED, grantIn, type CandidateGrant, type CandidateGrants } from './ownership-labels.js'
import type { Limits } from './limits/schema.js'
import { forbidden } from '../lib/errors.js'
import { LIMITS } from '../model/input-limits.js'
import type { Services } from '../model/services.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import type { Target } from '../model/target.js'
import type { LimitViolation, LimitEvaluation } from './authorization-spec.js'

type Input = { [name: string]: unknown }

/** How a call is to be made, once nothing is against it. */
export interface ChosenGrant { readonly input: Input, readonly grant?: EffectiveGrant }

/**
 * Of the grants by which a call can be made, the first whose limits have nothing against it: one grant carries the whole
 * call. Where each has something against it, what the one says that has the least.
 */
export async function chooseGrant (operation: AuthorizedOperation, { grants, inputBy }: CandidateGrants, target: Target | undefined, services: Pick<Services, 'hosts' | 'policy'>): Promise<ChosenGrant | Extract<Decision, { effect: 'deny' }>> {
  const [first] = grants
  if (first === undefined) return { effect: 'deny', rule: 'not-covered', failure: forbidden(`you may not ${operation.name} this: no grant of yours has all of it`) }
  const by = (candidate: CandidateGrant, adds: Input = {}): ChosenGrant => ({ grant: grantIn(candidate), input: { ...inputBy(grantIn(candidate)), ...adds } })
  if (operation.limits === undefined || limitsOf(first) === null) return by(first)
  const evaluate = await operation.limits.evaluate(inputBy(grantIn(first)), target, services)
  const known = new Map<Limits, LimitEvaluation>()
  let least: readonly LimitViolation[] | undefined
  for (const candidate of grants) {
    const limits = limitsOf(candidate)
    if (limits === null) return by(candidate)
    const evaluation = known.get(limits) ?? evaluate(limits)
    known.set(limits, evaluation)
    if (evaluation.violations.length === 0) return by(candidate, evaluation.defaults)
    if (least === undefined || evaluation.violations.length < least.length) least = evaluation.violations
  }
  return limitsExceeded(operation.name, least ?? [])
}

/** null: none. */
const limitsOf = (candidate: CandidateGrant): Limits | null => candidate === UNRESTRICTED ? null : candidate.limits

/** The refusal of what is beyond limits. */
export function limitsExceeded (operation: string, violations: readonly LimitViolation[]) {
  const shown = violations.slice(0, LIMITS.faults)
  const told = shown.slice(0, LIMITS.sentences).map(({ path, message }) => `${path === '' ? 'it' : path} ${message}`).join('; ')
  const rule = violations[0]?.rule ?? 'limit'
  const errors = shown.map(({ path, message }) => ({ path, message }))
  return { effect: 'deny', rule, violations: shown, failure: forbidden(`you may not ${operation} this: ${told}${violations.length > LIMITS.sentences ? '; and more' : ''}`, { errors, rule }) } as const
}

/** By which rule it is let through: the grant that carries it, where one does. */
export const ruleOfChoice = ({ grant }: ChosenGrant, otherwise: string): string => grant === undefined ? otherwise : ruleOf(grant)
