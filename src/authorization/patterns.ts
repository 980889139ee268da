import { imagePattern } from '../model/names.js'
import { Memoized } from './memoize.js'

/** Patterns of people: text in which `*` stands for any characters, none included. */
export type Matcher = (text: string) => boolean

const matchers = new Memoized(compile)

export const matcher = (pattern: string): Matcher => matchers.of(pattern)

export const anyOf = (patterns: readonly string[]): Matcher => {
  const all = patterns.map(matcher)
  if (all.length === 1 && all[0] !== undefined) return all[0]
  return text => all.some(matches => matches(text))
}

/** What every text begins with that a pattern fits. */
export const beginOf = (pattern: string): string => pattern.split('*', 1)[0] ?? ''

/** The same of a pattern for references, for them as {@link familiarReference} writes them. */
export const referenceBegin = (pattern: string): string => beginOf(shortened(pattern))

function compile (pattern: string): Matcher {
  if (!pattern.includes('*')) return text => text === pattern
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  const inner = pieces.slice(1, -1).filter(piece => piece !== '')
  if (inner.length === 0 && last === '') return text => text.startsWith(first)
  return text => text.length >= first.length + last.length && text.startsWith(first) && text.endsWith(last) &&
    inOrder(text.slice(first.length, text.length - last.length), inner)
}

/** Each piece as early as it can be: no pattern takes more than one walk, whatever its writer thought of. */
function inOrder (text: string, pieces: readonly string[]): boolean {
  let at = 0
  for (const piece of pieces) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return true
}

/** A reference as people write it: what Docker adds by itself is left out, and a missing tag is `latest`. */
export function familiarReference (reference: string): string {
  const short = shortened(reference)
  return isTagged(short) ? short : `${short}:latest`
}

/** A pattern without a tag means every tag. */
export function referenceMatcher (pattern: string): Matcher {
  const short = shortened(pattern)
  const matches = matcher(isTagged(short) || short.endsWith('*') ? short : `${short}:*`)
  const byDigest = isTagged(short) || short.endsWith('*') ? undefined : matcher(`${short}@*`)
  return reference => {
    const familiar = familiarReference(reference)
    return matches(familiar) || byDigest?.(familiar) === true
  }
}

const shortened = (reference: string): string => reference.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '')

const isTagged = (reference: string): boolean => reference.includes('@') || reference.startsWith('sha256:') || /:[^/]*$/.test(reference)

export const reference = new RegExp(imagePattern)

/** Whether some reference could fit a pattern over references: one with capitals in its path, say, none ever does. */
export const isImagePattern = (pattern: string): boolean =>
  ['x', '', 'x:x', 'x/x'].some(word => reference.test(pattern.replaceAll(/\*+/g, word)))
