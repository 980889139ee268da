import type { Failure } from '../../errors.js'

/** What policy says to a call, and by which rule. */
export type Decision =
  | { readonly effect: 'allow', readonly rule: string }
  | { readonly effect: 'deny', readonly rule: string, readonly failure: Failure }
