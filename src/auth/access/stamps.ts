import { forbidden, invalidField, type Failure } from '../../errors.js'
import type { AnyOperation } from '../../operation/define.js'
import { OWNER_LABEL, isReserved, type Thing } from '../../operation/things.js'
import type { Access } from './access.js'
import type { Granted } from './grant.js'
import { means, type CompiledMatch } from './match.js'

type Input = { [name: string]: unknown }
type Labels = Readonly<Record<string, string>>

export type Stamped =
  | { readonly effect: 'allow', readonly input: Input, /** The grant by which it may be made. */ readonly rule?: string, /** What is made, as policy will see it. */ readonly made?: Thing }
  | { readonly effect: 'deny', readonly rule: string, readonly failure: Failure }

/**
 * The input with the labels that what is made must have: whose it is, and what the grant selects by through which it is
 * made. A label that some grant selects by and this caller has no right to is written as an empty one, since a label of
 * the container's beats one of its image.
 * @throws `invalid-input` where several grants would do and the caller has to say by which label
 */
export async function stampsFor (access: Access, operation: AnyOperation, input: Input, keys: { labelKeys (): Promise<readonly string[]> }): Promise<Stamped> {
  const { stamps } = operation
  const { actor } = access
  if (stamps === undefined || actor === null) return { effect: 'allow', input }
  const given = withoutReserved(stamps.labels(input))
  const thing = { kind: stamps.kind, host: String(input.host), owner: actor.id, ...stamps.thing(input) }
  const selected = await keys.labelKeys()
  const isFree = access.allowsAll(operation.name, thing.host)
  const chosen = isFree ? undefined : choose(access.having(operation.name, thing.host), thing, given, actor.id)
  if (!isFree && chosen === undefined) return { effect: 'deny', rule: 'not-covered', failure: forbidden(`you may not ${operation.name} such a ${stamps.kind}: no grant of yours has its name or its image`) }
  const own = labelsOf(chosen?.match)
  const blank = Object.fromEntries(selected.filter(key => !isFree || !(key in given)).map(key => [key, '']))
  const labels = { ...given, ...blank, ...own, [OWNER_LABEL]: actor.id }
  return { effect: 'allow', input: { ...input, ...stamps.stamped(input, labels) }, made: { ...thing, labels }, ...(chosen === undefined ? {} : { rule: `grant:${chosen.id}` }) }
}

const withoutReserved = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([key]) => !isReserved(key)))

/** The grant through which this is made: one that it fits as it was asked for, or else the only one that it can be made to fit. */
function choose (grants: readonly Granted[], thing: Thing, given: Labels, userId: string): Granted | undefined {
  const possible = grants.filter(({ match }) => match !== null && fits(match, { ...thing, labels: { ...given, ...labelsOf(match) } }, userId))
  const asAsked = possible.find(({ match }) => match !== null && fits(match, { ...thing, labels: given }, userId))
  if (asAsked !== undefined || possible.length === 0) return asAsked
  const choices = [...new Set(possible.map(({ match }) => choiceOf(match)))]
  if (choices.length > 1) throw invalidField('labels', `your grants are for things of different labels: send one of ${choices.join(' or ')}`)
  return possible[0]
}

/** Names of images are looked at by what the operation writes; of what is being made there are none yet. */
const fits = (match: CompiledMatch, thing: Thing, userId: string): boolean => thing.kind === 'image'
  ? match.labels.every(({ key, value }) => thing.labels?.[key] === value)
  : means(match, thing, userId)

const labelsOf = (match: CompiledMatch | null | undefined): Labels => match?.spec.labels ?? {}

const choiceOf = (match: CompiledMatch | null): string => (match?.labels ?? []).map(({ key, value }) => `${key}=${value}`).sort().join(' and ')
