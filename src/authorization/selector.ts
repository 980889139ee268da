import type { Resource } from '../model/resource.js'
import { anyOf, beginOf, referenceBegin, referenceMatcher, type Matcher } from './patterns.js'
import { MATCHES_NOTHING, requiredLabel, requiredLabelIfAny, type RequiredText } from './required-text.js'

/** What a grant is narrowed to: all that is said must hold. */
export interface Match {
  /** Labels that the resource has, with just these values. */
  readonly labels?: Readonly<Record<string, string>>
  /** Patterns, one of which its name fits. */
  readonly names?: readonly string[]
  /** Patterns, one of which its image fits. */
  readonly images?: readonly string[]
  /** Whoever has the grant made it. */
  readonly owner?: 'self'
}

interface Label { readonly key: string, readonly value: string }

/** Of what kinds of resources a match asks for different texts: see {@link matchesImage}. */
export type MatchSubject = 'resource' | 'ownedImage' | 'image'

export interface CompiledMatch {
  readonly spec: Match
  readonly labels: readonly Label[]
  readonly name?: Matcher
  readonly image?: Matcher
  readonly ownOnly: boolean
  /** What a resource can't be without; an image that is somebody else's; and any image. */
  readonly requiredTexts: Readonly<Record<MatchSubject, readonly RequiredText[]>>
}

export function compileMatch (spec: Match): CompiledMatch {
  const { labels: wanted = {}, names, images, owner } = spec
  const labels = Object.entries(wanted).map(([key, value]) => ({ key, value }))
  const image: RequiredText[] = images === undefined ? [] : [{ of: 'image', begins: images.map(referenceBegin) }]
  const name: RequiredText[] = names === undefined ? [] : [{ of: 'name', begins: names.map(beginOf) }]
  return {
    spec,
    labels,
    requiredTexts: {
      resource: [...labels.map(requiredLabel), ...name, ...image],
      ownedImage: images !== undefined ? image : labels.length > 0 ? labels.map(requiredLabel) : [MATCHES_NOTHING],
      image: [...labels.map(requiredLabelIfAny), ...image]
    },
    ownOnly: owner === 'self',
    ...(names === undefined ? {} : { name: anyOf(names) }),
    ...(images === undefined ? {} : { image: eachOf(images.map(referenceMatcher)) })
  }
}

const eachOf = (matchers: readonly Matcher[]): Matcher => text => matchers.some(matches => matches(text))

/** By number: to make an iterator for each of a thousand grants would be a good part of a decision. */
function carries (labels: Resource['labels'], wanted: readonly Label[]): boolean {
  for (let at = 0; at < wanted.length; at++) {
    const label = wanted[at]
    if (label !== undefined && labels?.[label.key] !== label.value) return false
  }
  return true
}

export function matchSubjectOf ({ kind, owner }: Resource, userId: string): MatchSubject {
  if (kind !== 'image') return 'resource'
  return isFree(owner, userId) ? 'image' : 'ownedImage'
}

const isFree = (owner = '', userId: string): boolean => owner === '' || owner === userId

/** Whether an image that has one of the labels has another value of it. */
function contradicts (labels: Resource['labels'], wanted: readonly Label[]): boolean {
  for (let at = 0; at < wanted.length; at++) {
    const label = wanted[at]
    const has = label === undefined ? '' : labels?.[label.key] ?? ''
    if (has !== '' && has !== label?.value) return true
  }
  return false
}

/** Whether a resource is among what is meant. Images are common property until someone has claimed them: see {@link matchesImage}. */
export function matches (match: CompiledMatch, resource: Resource, userId: string): boolean {
  if (resource.kind === 'image') return matchesImage(match, resource, userId)
  if (match.ownOnly && resource.owner !== userId) return false
  if (!carries(resource.labels, match.labels)) return false
  if (match.name !== undefined && !(resource.name !== undefined && match.name(resource.name))) return false
  return match.image === undefined || (resource.image !== undefined && match.image(resource.image))
}

/**
 * An image carries labels that its maker chose, and most come from a registry: one without an owner, and without the
 * labels that are selected by, is anybody's who may read images here. One that has them must have the right ones.
 */
function matchesImage (match: CompiledMatch, { references = [], labels = {}, owner }: Resource, userId: string): boolean {
  if (match.image !== undefined && !references.some(match.image)) return false
  if (contradicts(labels, match.labels)) return false
  const isTheirs = isFree(owner, userId)
  if (match.ownOnly) return isTheirs
  const isLabelled = match.labels.length > 0 && carries(labels, match.labels)
  return match.image !== undefined || isTheirs || isLabelled
}

/** Whether all of these names of images may be given, moved or taken away: by pattern alone, and never none. */
export const mayName = (match: CompiledMatch, references: readonly string[]): boolean =>
  match.image !== undefined && references.length > 0 && references.every(match.image)
