import type { Access } from './access.js'
import type { Decision, Scope } from './decision.js'
import type { EffectiveGrant } from './effective-grant.js'
import { candidateGrants } from './ownership-labels.js'
import { Failure, conflict, forbidden, noSuch } from '../lib/errors.js'
import type { Services } from '../model/services.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import type { Resource } from '../model/resource.js'
import type { Target } from '../model/target.js'
import type { ResourceReference } from './authorization-spec.js'
import { visibilityOf } from './target-resolver.js'
import { ruleOfChoice, chooseGrant, type ChosenGrant } from './choose-grant.js'

type Input = { [name: string]: unknown }

/** What came of asking policy: the decision, and for what is allowed the call as it is to be made. */
export interface AuthorizationResult {
  readonly decision: Decision
  readonly target?: Target
  readonly input: Input
  /** By which it is made, where it matters by which: that whose limits it keeps to. */
  readonly grant?: EffectiveGrant
  /** What it makes, as policy will see it. */
  readonly created?: Resource
}

type Denial = Extract<Decision, { effect: 'deny' }>
type AuthorizationServices = Pick<Services, 'targets' | 'policy' | 'hosts'>

/** What was done of it before, and who wants to hear of the target. */
interface Begun { readonly scope?: Scope, readonly seen?: (target: Target) => void }

/**
 * Everything that policy looks at of a call, in its order: may the caller know of the host; the target, looked up once;
 * what is to be done to it; what else the input names; the labels of what it makes; the limits on that. The engine hears no more of it than
 * those looks.
 * @throws what a look at the engine fails with, where the caller may know of that; `invalid-input`
 */
export async function authorize (access: Access, operation: AuthorizedOperation, input: Input, services: AuthorizationServices, { scope = access.checkScope(operation, input), seen }: Begun = {}): Promise<AuthorizationResult> {
  if (scope.effect === 'deny') return { decision: scope, input }
  const looked = await resolveTarget(access, operation, input, services)
  if ('effect' in looked) return { decision: looked, input }
  const { target } = looked
  if (target !== undefined) seen?.(target)
  const decision = access.decide(operation, input, target, scope)
  if (decision.effect === 'deny') return { decision, target, input }
  const notReady = denyNotReady(operation, target)
  if (notReady !== undefined) return { decision: notReady, target, input }
  const referenced = await checkReferences(access, operation, input, services)
  if ('effect' in referenced) return { decision: referenced, target, input }
  const settled = await chooseGrantFor(access, operation, { input: referenced.input, target }, services)
  if ('effect' in settled) return { decision: settled, target, input }
  return { decision: { effect: 'allow', rule: ruleOfChoice(settled, decision.rule) }, target, grant: settled.grant, created: settled.created, input: withTargetId(operation, settled.input, target, services) }
}

/** By which grant it is made, with the labels that what it makes must have, and within what limits. */
async function chooseGrantFor (access: Access, operation: AuthorizedOperation, { input, target }: { readonly input: Input, readonly target: Target | undefined }, services: AuthorizationServices): Promise<ChosenGrant & Pick<AuthorizationResult, 'created'> | Denial> {
  if (operation.ownershipLabels === undefined && operation.limits === undefined) return { input }
  const ways = await candidateGrants(access, operation, { input, carrying: access.grantsFor(operation, input, target) }, services.policy)
  if ('effect' in ways) return ways
  const settled = await chooseGrant(operation, ways, target, services)
  return 'effect' in settled ? settled : { ...settled, created: ways.createdBy?.(settled.grant) }
}

/** Who does not see everything is answered alike for what is absent and what is hidden: by a refusal, in words and in time. */
async function resolveTarget (access: Access, operation: AuthorizedOperation, input: Input, { targets }: AuthorizationServices): Promise<{ target?: Target } | Denial> {
  if (operation.target === undefined) return {}
  const resolver = targets[operation.target]
  try { return { target: await resolver.resolve(String(input[resolver.field]), input, visibilityOf(access, input.host)) } } catch (error) {
    if (!isAbsent(error) || access.actor?.admin === true || operation.permission === 'internal') throw error
    return { effect: 'deny', rule: 'absent', failure: error }
  }
}

/** What else the input names. Whoever may do this to everything on the host is not held up by looks. */
async function checkReferences (access: Access, operation: AuthorizedOperation, input: Input, services: AuthorizationServices): Promise<{ input: Input } | Denial> {
  const host = typeof input.host === 'string' ? input.host : ''
  let pinned = input
  for (const reference of operation.references?.of(input) ?? []) {
    const needed = reference.operation ?? operation.name
    if (access.allowsAll(needed, host) && (reference.otherwise === undefined || access.allowsAll(reference.otherwise, host))) continue
    const found = await findReferenced(access, reference, host, services)
    const refused = referenceDenial(access, operation, host, reference, found)
    if (refused !== undefined) return refused
    if (found !== undefined && reference.pin !== undefined) pinned = { ...pinned, ...reference.pin(pinned, found.id) }
  }
  return { input: pinned }
}

/** What is not whole yet is only looked at and taken away: more would be done with what policy has not let through. */
const denyNotReady = ({ allowsNotReady, permission }: AuthorizedOperation, target: Target | undefined): Denial | undefined =>
  target?.notReady === undefined || allowsNotReady === true || permission === 'internal' ? undefined : notReadyDenial(target)

const notReadyDenial = ({ kind, reference, notReady }: Target): Denial => ({ effect: 'deny', rule: 'unready', failure: conflict(`the ${kind} ${reference} ${notReady ?? ''}`) })

/** What the caller may not know of reads like what is not there. */
function referenceDenial (access: Access, { name: operation }: AuthorizedOperation, host: string, { kind, reference, operation: needed = operation, otherwise, anyway = false, created = false }: ResourceReference<never>, found: Target | undefined): Denial | undefined {
  const resource = found === undefined ? undefined : { ...found, kind }
  if (resource !== undefined && !access.allows(needed, resource)) {
    if (created) return { effect: 'deny', rule: 'not-covered', failure: conflict(`the name ${reference} is taken`) }
    if (access.knows(resource)) return { effect: 'deny', rule: 'not-covered', failure: forbidden(`you may not ${operation} with the ${kind} ${reference}: that takes ${needed} on it`) }
    return { effect: 'deny', rule: 'invisible', failure: noSuch(kind, reference) }
  }
  if (found?.notReady !== undefined && !created) return notReadyDenial(found)
  if (created || (resource !== undefined && !anyway)) return undefined
  const mayMake = otherwise !== undefined && access.namesImages(otherwise, host, [reference])
  return mayMake ? undefined : { effect: 'deny', rule: 'absent', failure: noSuch(kind, reference) }
}

async function findReferenced (access: Access, { kind, reference }: ResourceReference<never>, host: string, { targets }: AuthorizationServices): Promise<Target | undefined> {
  const resolver = targets[kind]
  try { return await resolver.resolve(reference, { host }, visibilityOf(access, host)) } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Whether an answer says that there is no such resource, be it so or not. */
export const isHidden = ({ effect, rule }: Decision): boolean => effect === 'deny' && (rule === 'absent' || rule === 'invisible')

const isAbsent = (error: unknown): error is Failure => error instanceof Failure && error.code === 'not-found'

/** Handlers, and so engines, get the full id: a rename between the check and the use changes nothing. */
const withTargetId = (operation: AuthorizedOperation, input: Input, target: Target | undefined, { targets }: AuthorizationServices): Input =>
  target === undefined || operation.target === undefined ? input : { ...input, [targets[operation.target].field]: target.id }
