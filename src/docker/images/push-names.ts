import type { Access } from '../../authorization/access.js'
import { forbidden, invalidField } from '../../lib/errors.js'
import { imageRow } from '../authorization/rows.js'
import type { Host } from '../../engine/host.js'
import { imageSummary } from './models/image.js'
import { isRepository, nameAndTag } from '../../model/names.js'
import type { Target } from '../../model/target.js'
import { imageObject } from '../targets.js'

/**
 * An image is pushed by the name that the caller gave, for that says where to. The full id, which `invoke()` has made of
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
  if (!isRepository(reference)) throw invalidField('reference', 'must be without a tag and a digest: with allTags it names a repository')
  return reference
}

/** Every tag of a repository on a host, for whoever may push each of them. @throws `forbidden` */
export async function mayPushAll (host: Host, access: Access, reference: string): Promise<void> {
  if (access.allowsAll('image.push', host.name)) return
  const [repository] = nameAndTag(reference)
  const images = await host.images.list({ filters: { reference: [repository] } })
  const resources = images.map(info => imageRow(imageSummary(host.name, info)))
  if (!resources.every(resource => access.allows('image.push', resource))) throw forbidden(`you may not push every tag of ${repository}: push them one by one`)
}
