import { forbidden, noSuch, unauthenticated, type Failure } from '../errors.js'
import type { Actor, Target } from '../operation/context.js'
import type { AnyOperation } from '../operation/define.js'

/** What policy says to a call, and by which rule. */
export type Decision =
  | { readonly effect: 'allow', readonly rule: string }
  | { readonly effect: 'deny', readonly rule: string, readonly failure: Failure }

/** What policy looks at of an operation. */
type Named = Pick<AnyOperation, 'name' | 'permission'>
type Input = Readonly<{ [name: string]: unknown }>

/**
 * Who may do what: the one decision function. For now a user is `admin` or nothing, and default deny is already
 * the rule; grants come into `decide`.
 */
export class Policy {
  /** Before anything is looked up: may the caller know of the host at all? A refusal here costs the engine nothing. */
  reach (actor: Actor | null, operation: Named, input: Input): Decision {
    const decision = this.#standing(actor, operation)
    if (decision.effect === 'allow' || actor === null || typeof input.host !== 'string') return decision
    return { ...decision, failure: noSuch('host', input.host) }
  }

  /** With the target resolved: may the caller do this to it? */
  decide (actor: Actor | null, operation: Named, _input: Input, target: Target | undefined): Decision {
    if (isAnothers(operation, target, actor)) return { effect: 'deny', rule: 'not-owner', failure: noSuch(target.kind, target.reference) }
    return this.#standing(actor, operation)
  }

  #standing (actor: Actor | null, { name, permission }: Named): Decision {
    if (permission === 'public') return { effect: 'allow', rule: 'public' }
    if (actor === null) return { effect: 'deny', rule: 'unauthenticated', failure: unauthenticated('this call needs a token') }
    if (permission === 'internal') return internally(actor, name)
    if (permission === 'self') return { effect: 'allow', rule: 'self' }
    if (actor.admin) return { effect: 'allow', rule: 'admin' }
    return { effect: 'deny', rule: 'no-grant', failure: forbidden(`you may not ${name}: no grant of yours has it`) }
  }
}

/** What the gateway does by itself, and nobody else. */
function internally ({ credential }: Actor, name: string): Decision {
  if (credential.kind === 'internal') return { effect: 'allow', rule: credential.id }
  return { effect: 'deny', rule: 'internal', failure: forbidden(`${name} is for the gateway alone`) }
}

/**
 * What is one's own is nobody else's to see, but an admin's. An exec is its maker's alone: what goes through it was
 * meant for nobody else.
 */
function isAnothers ({ permission }: Named, target: Target | undefined, actor: Actor | null): target is Target {
  if (target?.owner === undefined || target.owner === actor?.id) return false
  return target.kind === 'exec' || (permission === 'self' && actor?.admin !== true)
}
