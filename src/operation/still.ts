import type { Decision } from '../auth/policy.js'
import { failureOf } from '../errors.js'
import type { Services } from '../services.js'
import type { Call, Context } from './context.js'
import type { AnyOperation } from './define.js'

type Going = Pick<Call, 'actor'> & Pick<Context, 'target'> & Pick<Services, 'callers' | 'policy'>

/**
 * Whether a call that was allowed would be so now: who calls is looked at again, and what they may do. Asks the store
 * alone: the target is taken as it was when the call began.
 * @returns a refusal with `unauthenticated` when the sign-in has ended, else policy's own
 */
export async function stillAllowed (operation: AnyOperation, input: Readonly<Record<string, unknown>>, { actor, target, callers, policy }: Going): Promise<Decision> {
  try {
    const now = actor === null ? null : await callers.lookAgain(actor)
    return (await policy.of(now)).decide(operation, input, target)
  } catch (error) {
    const failure = failureOf(error)
    return { effect: 'deny', rule: failure.code, failure }
  }
}
