import type { Target } from '../../operation/context.js'
import { nameAndTag } from '../names.js'

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
