import type { Failure } from '../lib/errors.js'
import type { LimitViolation } from './authorization-spec.js'

/** What policy says to a call, and by which rule. */
export type Decision =
  | { readonly effect: 'allow', readonly rule: string }
  | { readonly effect: 'deny', readonly rule: string, readonly failure: Failure, /** What limits have against it, each by its own rule. */ readonly violations?: readonly LimitViolation[] }
