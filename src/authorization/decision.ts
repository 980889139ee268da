import type { Failure } from '../lib/errors.js'
import type { EffectiveGrant } from './effective-grant.js'
import type { LimitViolation } from './authorization-spec.js'

/** What policy says to a call, and by which rule. */
export type Decision =
  | { readonly effect: 'allow', readonly rule: string }
  | { readonly effect: 'deny', readonly rule: string, readonly failure: Failure, /** What limits have against it, each by its own rule. */ readonly violations?: readonly LimitViolation[] }

/**
 * What a call may reach, as far as that can be said before its target is looked up. Carried into the decision, so that a
 * caller's grants are walked once.
 */
export type Scope = Decision & {
  /** The first grant that has the operation there. One without a match decides whatever the target is. */
  readonly grant?: EffectiveGrant
}
