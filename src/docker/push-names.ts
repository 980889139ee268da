import { invalidField } from '../errors.js'
import type { Target } from '../operation/context.js'
import { nameAndTag } from './names.js'
import { imageObject } from './targets.js'

/**
 * An image is pushed by the name that the caller gave, for that says where to. The full id, which the door has made of
 * it, does not.
 * @throws `invalid-input` where the caller gave an id or a digest
 */
export function nameToPush (target: Target | undefined): string {
  const { RepoTags: names } = imageObject(target)
  const { reference = '', id = '' } = target ?? {}
  // A name may look like the beginning of an id.
  const isId = id.replace('sha256:', '').startsWith(reference) && !names?.includes(nameAndTag(reference).join(':'))
  if (isId || reference.startsWith('sha256:') || reference.includes('@')) throw invalidField('image', 'must be a name such as "registry:5000/team/app:1.2": an id or a digest does not say where to push')
  return reference
}

/** @throws `invalid-input` where one tag is asked for, or one digest */
export function allTagsOf (reference: string): string {
  if (/@|:[\w][\w.-]*$/.test(reference)) throw invalidField('reference', 'must be without a tag and a digest: with allTags it names a repository')
  return reference
}
