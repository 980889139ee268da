import type { Thing } from '../../operation/things.js'
import { anyOf, referenceMatcher, type Matcher } from './patterns.js'

/** What a grant is narrowed to: all that is said must hold. */
export interface Match {
  /** Labels that the thing has, with just these values. */
  readonly labels?: Readonly<Record<string, string>>
  /** Patterns, one of which its name fits. */
  readonly names?: readonly string[]
  /** Patterns, one of which its image fits. */
  readonly images?: readonly string[]
  /** Whoever has the grant made it. */
  readonly owner?: 'self'
}

interface Label { readonly key: string, readonly value: string }

export interface CompiledMatch {
  readonly spec: Match
  readonly labels: readonly Label[]
  readonly name?: Matcher
  readonly image?: Matcher
  readonly ownOnly: boolean
}

export function compileMatch (spec: Match): CompiledMatch {
  const { labels = {}, names, images, owner } = spec
  return {
    spec,
    labels: Object.entries(labels).map(([key, value]) => ({ key, value })),
    ownOnly: owner === 'self',
    ...(names === undefined ? {} : { name: anyOf(names) }),
    ...(images === undefined ? {} : { image: eachOf(images.map(referenceMatcher)) })
  }
}

const eachOf = (matchers: readonly Matcher[]): Matcher => text => matchers.some(matches => matches(text))

/** By number: to make an iterator for each of a thousand grants would be a good part of a decision. */
function carries (labels: Thing['labels'], wanted: readonly Label[]): boolean {
  for (let at = 0; at < wanted.length; at++) {
    const label = wanted[at]
    if (label !== undefined && labels?.[label.key] !== label.value) return false
  }
  return true
}

/** Whether a thing is among what is meant. Images are common property until someone has claimed them: see {@link meansImage}. */
export function means (match: CompiledMatch, thing: Thing, userId: string): boolean {
  if (thing.kind === 'image') return meansImage(match, thing, userId)
  if (match.ownOnly && thing.owner !== userId) return false
  if (!carries(thing.labels, match.labels)) return false
  if (match.name !== undefined && !(thing.name !== undefined && match.name(thing.name))) return false
  return match.image === undefined || (thing.image !== undefined && match.image(thing.image))
}

/**
 * An image carries labels that its maker chose, and most come from a registry: one without an owner, and without the
 * labels that are selected by, is anybody's who may read images here. One that has them must have the right ones.
 */
function meansImage (match: CompiledMatch, { references = [], labels = {}, owner = '' }: Thing, userId: string): boolean {
  if (match.image !== undefined && !references.some(match.image)) return false
  if (!match.labels.every(({ key, value }) => (labels[key] ?? '') === '' || labels[key] === value)) return false
  const isFree = owner === '' || owner === userId
  if (match.ownOnly) return isFree
  const isLabelled = match.labels.length > 0 && match.labels.every(({ key, value }) => labels[key] === value)
  return match.image !== undefined || isFree || isLabelled
}

/** Whether all of these names of images may be given, moved or taken away: by pattern alone, and never none. */
export const mayName = (match: CompiledMatch, references: readonly string[]): boolean =>
  match.image !== undefined && references.length > 0 && references.every(match.image)
