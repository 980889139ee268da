import type { Access } from './access.js'
import type { Decision } from './decision.js'
import type { Granted } from './effective-grant.js'
import { stampsFor } from './ownership-labels.js'
import { Failure, conflict, forbidden, noSuch } from '../lib/errors.js'
import type { Services } from '../model/services.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import type { Thing } from '../model/resource.js'
import type { Target } from '../model/target.js'
import type { Claim } from './authorization-spec.js'
import { eyesOf } from './target-resolver.js'
import { ruleBy, weigh, type Settled } from './choose-grant.js'

type Input = { [name: string]: unknown }

/** What came of asking policy: the decision, and for what is allowed the call as it is to be made. */
export interface Judged {
  readonly decision: Decision
  readonly target?: Target
  readonly input: Input
  /** By which it is made, where it matters by which: that whose limits it keeps to. */
  readonly grant?: Granted
  /** What it makes, as policy will see it. */
  readonly made?: Thing
}

type Refusal = Extract<Decision, { effect: 'deny' }>
type Asking = Pick<Services, 'targets' | 'policy' | 'hosts'>

/**
 * Everything that policy looks at of a call, in its order: may the caller know of the host; the target, looked up once;
 * what is to be done to it; what else the input names; the labels of what it makes; the limits on that. The engine hears no more of it than
 * those looks.
 * @throws what a look at the engine fails with, where the caller may know of that; `invalid-input`
 */
export async function judge (access: Access, operation: AuthorizedOperation, input: Input, services: Asking, seen: (target: Target) => void = () => {}): Promise<Judged> {
  const reached = access.reach(operation, input)
  if (reached.effect === 'deny') return { decision: reached, input }
  const looked = await look(access, operation, input, services)
  if ('effect' in looked) return { decision: looked, input }
  const { target } = looked
  if (target !== undefined) seen(target)
  const decision = access.decide(operation, input, target)
  if (decision.effect === 'deny') return { decision, target, input }
  const unready = refuseUnready(operation, target)
  if (unready !== undefined) return { decision: unready, target, input }
  const claimed = await claim(access, operation, input, services)
  if ('effect' in claimed) return { decision: claimed, target, input }
  const settled = await settle(access, operation, { input: claimed.input, target }, services)
  if ('effect' in settled) return { decision: settled, target, input }
  return { decision: { effect: 'allow', rule: ruleBy(settled, decision.rule) }, target, grant: settled.grant, made: settled.made, input: withId(operation, settled.input, target, services) }
}

/** By which grant it is made, with the labels that what it makes must have, and within what limits. */
async function settle (access: Access, operation: AuthorizedOperation, { input, target }: { readonly input: Input, readonly target: Target | undefined }, services: Asking): Promise<Settled & Pick<Judged, 'made'> | Refusal> {
  if (operation.stamps === undefined && operation.weighs === undefined) return { input }
  const ways = await stampsFor(access, operation, { input, carrying: access.carrying(operation, input, target) }, services.policy)
  if ('effect' in ways) return ways
  const settled = await weigh(operation, ways, target, services)
  return 'effect' in settled ? settled : { ...settled, made: ways.madeBy?.(settled.grant) }
}

/** Who does not see everything is answered alike for what is absent and what is hidden: by a refusal, in words and in time. */
async function look (access: Access, operation: AuthorizedOperation, input: Input, { targets }: Asking): Promise<{ target?: Target } | Refusal> {
  if (operation.target === undefined) return {}
  const resolver = targets[operation.target]
  try { return { target: await resolver.resolve(String(input[resolver.field]), input, eyesOf(access, input.host)) } } catch (error) {
    if (!isAbsent(error) || access.actor?.admin === true || operation.permission === 'internal') throw error
    return { effect: 'deny', rule: 'absent', failure: error }
  }
}

/** What else the input names. Whoever may do this to everything on the host is not held up by looks. */
async function claim (access: Access, operation: AuthorizedOperation, input: Input, services: Asking): Promise<{ input: Input } | Refusal> {
  const host = typeof input.host === 'string' ? input.host : ''
  let pinned = input
  for (const claim of operation.claims?.(input) ?? []) {
    const needed = claim.operation ?? operation.name
    if (access.allowsAll(needed, host) && (claim.otherwise === undefined || access.allowsAll(claim.otherwise, host))) continue
    const found = await find(access, claim, host, services)
    const refused = refusal(access, operation, host, claim, found)
    if (refused !== undefined) return refused
    if (found !== undefined && claim.pin !== undefined) pinned = { ...pinned, ...claim.pin(pinned, found.id) }
  }
  return { input: pinned }
}

/** What is not whole yet is only looked at and taken away: more would be done with what policy has not let through. */
const refuseUnready = ({ unready, permission }: AuthorizedOperation, target: Target | undefined): Refusal | undefined =>
  target?.unready === undefined || unready === true || permission === 'internal' ? undefined : notYet(target)

const notYet = ({ kind, reference, unready }: Target): Refusal => ({ effect: 'deny', rule: 'unready', failure: conflict(`the ${kind} ${reference} ${unready ?? ''}`) })

/** What the caller may not know of reads like what is not there. */
function refusal (access: Access, { name: operation }: AuthorizedOperation, host: string, { kind, reference, operation: needed = operation, otherwise, anyway = false, made = false }: Claim<never>, found: Target | undefined): Refusal | undefined {
  const thing = found === undefined ? undefined : { ...found, kind }
  if (thing !== undefined && !access.allows(needed, thing)) {
    if (made) return { effect: 'deny', rule: 'not-covered', failure: conflict(`the name ${reference} is taken`) }
    if (access.knows(thing)) return { effect: 'deny', rule: 'not-covered', failure: forbidden(`you may not ${operation} with the ${kind} ${reference}: that takes ${needed} on it`) }
    return { effect: 'deny', rule: 'invisible', failure: noSuch(kind, reference) }
  }
  if (found?.unready !== undefined && !made) return notYet(found)
  if (made || (thing !== undefined && !anyway)) return undefined
  const mayMake = otherwise !== undefined && access.namesImages(otherwise, host, [reference])
  return mayMake ? undefined : { effect: 'deny', rule: 'absent', failure: noSuch(kind, reference) }
}

async function find (access: Access, { kind, reference }: Claim<never>, host: string, { targets }: Asking): Promise<Target | undefined> {
  const resolver = targets[kind]
  try { return await resolver.resolve(reference, { host }, eyesOf(access, host)) } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Whether an answer says that there is no such thing, be it so or not. */
export const isHidden = ({ effect, rule }: Decision): boolean => effect === 'deny' && (rule === 'absent' || rule === 'invisible')

const isAbsent = (error: unknown): error is Failure => error instanceof Failure && error.code === 'not-found'

/** Handlers, and so engines, get the full id: a rename between the check and the use changes nothing. */
const withId = (operation: AuthorizedOperation, input: Input, target: Target | undefined, { targets }: Asking): Input =>
  target === undefined || operation.target === undefined ? input : { ...input, [targets[operation.target].field]: target.id }
