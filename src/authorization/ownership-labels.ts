import { forbidden, invalidField } from '../lib/errors.js'
import type { AuthorizedOperation } from './authorization-spec.js'
import { GRANT_LABEL, OWNER_LABEL, isReserved, type Thing } from '../model/resource.js'
import type { Access } from './access.js'
import type { Decision } from './decision.js'
import type { Granted } from './effective-grant.js'
import { means, type CompiledMatch } from './selector.js'

type Input = { [name: string]: unknown }
type Labels = Readonly<Record<string, string>>

/** Stands for the grant that an admin needs none of: nothing is without limits but by this, or by a grant that says so. */
export const ADMINS = Symbol('an admin\'s')

export type Way = Granted | typeof ADMINS

export const grantBy = (way: Way): Granted | undefined => way === ADMINS ? undefined : way

/** By which grants a call can be made, and how it is then to be made. */
export interface Ways {
  readonly grants: readonly Way[]
  readonly inputBy: (grant: Granted | undefined) => Input
  /** What it makes, as policy will see it. */
  readonly madeBy?: (grant: Granted | undefined) => Thing
}

interface Making { readonly input: Input, /** Each of which carries the whole call. */ readonly carrying: readonly Granted[] }

/**
 * How a call is made with the labels that what it makes must have: whose it is, and what the grant selects by through which
 * it is made. A label that some grant selects by and this caller has no right to is written as an empty one, since a label of
 * the container's beats one of its image.
 * @throws `invalid-input` where several grants would do and the caller has to say by which label
 */
export async function stampsFor (access: Access, operation: AuthorizedOperation, { input, carrying }: Making, keys: { labelKeys (): Promise<readonly string[]> }): Promise<Ways | Extract<Decision, { effect: 'deny' }>> {
  const { stamps } = operation
  const { actor } = access
  if (stamps === undefined || actor === null) return { grants: actor?.admin === true ? [ADMINS] : carrying, inputBy: () => input }
  const thing = { kind: stamps.kind, host: String(input.host), owner: actor.id, ...stamps.thing(input) }
  const given = withoutReserved(stamps.labels(input))
  const selected = await keys.labelKeys()
  const grants: readonly Way[] = actor.admin ? [ADMINS] : choose(carrying, thing, given, actor.id)
  if (grants.length === 0) return { effect: 'deny', rule: 'not-covered', failure: forbidden(`you may not ${operation.name} such a ${stamps.kind}: no grant of yours has its name or its image`) }
  const stamp = (grant: Granted | undefined) => (labels: Labels): Labels => {
    const match = grant?.match ?? null
    const blank = selected.filter(key => match !== null || !(key in labels)).map(key => [key, ''])
    return { ...withoutReserved(labels), ...Object.fromEntries(blank), ...labelsOf(match), [OWNER_LABEL]: actor.id, ...stamps.kind === 'container' ? { [GRANT_LABEL]: grant?.id ?? '' } : {} }
  }
  return {
    grants,
    inputBy: grant => ({ ...input, ...stamps.stamped(input, stamp(grant)) }),
    madeBy: grant => ({ ...thing, labels: stamp(grant)(given) })
  }
}

const withoutReserved = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([key]) => !isReserved(key)))

/** The grants through which this can be made: those without a match, those that it fits as it was asked for, or else those that it can be made to fit. */
function choose (grants: readonly Granted[], thing: Thing, given: Labels, userId: string): readonly Granted[] {
  const whole = grants.filter(({ match }) => match === null)
  const possible = grants.filter(({ match }) => match !== null && fits(match, { ...thing, labels: { ...given, ...labelsOf(match) } }, userId))
  const asAsked = possible.filter(({ match }) => match !== null && fits(match, { ...thing, labels: given }, userId))
  if (asAsked.length > 0) return [...whole, ...asAsked]
  const choices = [...new Set(possible.map(({ match }) => choiceOf(match)))]
  if (choices.length <= 1) return [...whole, ...possible]
  if (whole.length > 0) return whole
  throw invalidField('labels', `your grants are for things of different labels: send one of ${choices.join(' or ')}`)
}

/** Names of images are looked at by what the operation writes; of what is being made there are none yet. */
const fits = (match: CompiledMatch, thing: Thing, userId: string): boolean => thing.kind === 'image'
  ? match.labels.every(({ key, value }) => thing.labels?.[key] === value)
  : means(match, thing, userId)

const labelsOf = (match: CompiledMatch | null): Labels => match?.spec.labels ?? {}

const choiceOf = (match: CompiledMatch | null): string => (match?.labels ?? []).map(({ key, value }) => `${key}=${value}`).sort().join(' and ')
