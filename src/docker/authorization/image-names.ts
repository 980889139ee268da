import { nameAndTag } from '../../model/names.js'
import type { Target } from '../../model/target.js'

/** The names that an image loses where it is removed: the one that was said, or all of them with an id. */
export function namesLost (_input: unknown, target: Target | undefined): readonly string[] {
  const said = nameSaid(target)
  return said === undefined ? target?.references ?? [] : [said]
}

/** The name by which a caller called an image; none where it was called by an id. */
export function nameSaid (target: Target | undefined): string | undefined {
  const { reference = '', references = [], id = '' } = target ?? {}
  if (reference.includes('@')) return reference
  const isName = references.includes(nameAndTag(reference).join(':')) || !id.replace('sha256:', '').startsWith(reference.replace('sha256:', ''))
  return isName ? reference : undefined
}

/** What an operation names by inputs of its own. */
export const namesGiven = (...names: ReadonlyArray<string | undefined>): readonly string[] => names.filter(name => name !== undefined)

interface Transfer { readonly reference: string, readonly allTags?: boolean }

/** A tag for all that a repository may have: a pattern that fits it fits any. */
const ANY_TAG = 'any.tag-there_is'

const everyTag = (name: string, allTags = false): readonly string[] => allTags ? [name, `${name}:${ANY_TAG}`] : [name]

export const pulledNames = ({ reference, allTags }: Transfer): readonly string[] => everyTag(reference, allTags)

export function pushedNames ({ allTags }: Omit<Transfer, 'reference'>, target: Target | undefined): readonly string[] {
  const name = nameSaid(target)
  return name === undefined ? [] : everyTag(name, allTags)
}
