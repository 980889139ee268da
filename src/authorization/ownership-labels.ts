import { forbidden, invalidField } from '../lib/errors.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import { GRANT_LABEL, OWNER_LABEL, isReserved, type Resource } from '../model/resource.js'
import type { Access } from './access.js'
import type { Decision } from './decision.js'
import type { EffectiveGrant } from './effective-grant.js'
import { matches, type CompiledMatch } from './selector.js'

type Input = { [name: string]: unknown }
type Labels = Readonly<Record<string, string>>

/** Stands for the grant that an admin needs none of: nothing is without limits but by this, or by a grant that says so. */
export const UNRESTRICTED = Symbol('an admin\'s')

export type CandidateGrant = EffectiveGrant | typeof UNRESTRICTED

export const grantIn = (way: CandidateGrant): EffectiveGrant | undefined => way === UNRESTRICTED ? undefined : way

/** By which grants a call can be made, and how it is then to be made. */
export interface CandidateGrants {
  readonly grants: readonly CandidateGrant[]
  readonly inputBy: (grant: EffectiveGrant | undefined) => Input
  /** What it makes, as policy will see it. */
  readonly createdBy?: (grant: EffectiveGrant | undefined) => Resource
}

interface Candidates { readonly input: Input, /** Each of which carries the whole call. */ readonly carrying: readonly EffectiveGrant[] }

/**
 * How a call is made with the labels that what it makes must have: whose it is, and what the grant selects by through which
 * it is made. A label that some grant selects by and this caller has no right to is written as an empty one, since a label of
 * the container's beats one of its image.
 * @throws `invalid-input` where several grants would do and the caller has to say by which label
 */
export async function candidateGrants (access: Access, operation: AuthorizedOperation, { input, carrying }: Candidates, keys: { labelKeys (): Promise<readonly string[]> }): Promise<CandidateGrants | Extract<Decision, { effect: 'deny' }>> {
  const { ownershipLabels } = operation
  const { actor } = access
  if (ownershipLabels === undefined || actor === null) return { grants: actor?.admin === true ? [UNRESTRICTED] : carrying, inputBy: () => input }
  const resource = { kind: ownershipLabels.kind, host: String(input.host), owner: actor.id, ...ownershipLabels.resource(input) }
  const given = withoutReserved(ownershipLabels.labels(input))
  const selected = await keys.labelKeys()
  const grants: readonly CandidateGrant[] = actor.admin ? [UNRESTRICTED] : matchingGrants(carrying, resource, given, actor.id)
  if (grants.length === 0) return { effect: 'deny', rule: 'not-covered', failure: forbidden(`you may not ${operation.name} such a ${ownershipLabels.kind}: no grant of yours has its name or its image`) }
  const withOwnership = (grant: EffectiveGrant | undefined) => (labels: Labels): Labels => {
    const match = grant?.match ?? null
    const blank = selected.filter(key => match !== null || !(key in labels)).map(key => [key, ''])
    return { ...withoutReserved(labels), ...Object.fromEntries(blank), ...labelsOf(match), [OWNER_LABEL]: actor.id, ...ownershipLabels.kind === 'container' ? { [GRANT_LABEL]: grant?.id ?? '' } : {} }
  }
  return {
    grants,
    inputBy: grant => ({ ...input, ...ownershipLabels.withLabels(input, withOwnership(grant)) }),
    createdBy: grant => ({ ...resource, labels: withOwnership(grant)(given) })
  }
}

const withoutReserved = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([key]) => !isReserved(key)))

/** The grants through which this can be made: those without a match, those that it fits as it was asked for, or else those that it can be made to fit. */
function matchingGrants (grants: readonly EffectiveGrant[], resource: Resource, given: Labels, userId: string): readonly EffectiveGrant[] {
  const whole = grants.filter(({ match }) => match === null)
  const possible = grants.filter(({ match }) => match !== null && fits(match, { ...resource, labels: { ...given, ...labelsOf(match) } }, userId))
  const asAsked = possible.filter(({ match }) => match !== null && fits(match, { ...resource, labels: given }, userId))
  if (asAsked.length > 0) return [...whole, ...asAsked]
  const choices = [...new Set(possible.map(({ match }) => choiceOf(match)))]
  if (choices.length <= 1) return [...whole, ...possible]
  if (whole.length > 0) return whole
  throw invalidField('labels', `your grants are for resources of different labels: send one of ${choices.join(' or ')}`)
}

/** Names of images are looked at by what the operation writes; of what is being made there are none yet. */
const fits = (match: CompiledMatch, resource: Resource, userId: string): boolean => resource.kind === 'image'
  ? match.labels.every(({ key, value }) => resource.labels?.[key] === value)
  : matches(match, resource, userId)

const labelsOf = (match: CompiledMatch | null): Labels => match?.spec.labels ?? {}

const choiceOf = (match: CompiledMatch | null): string => (match?.labels ?? []).map(({ key, value }) => `${key}=${value}`).sort().join(' and ')
