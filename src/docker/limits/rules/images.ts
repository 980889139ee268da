import { familiarReference, referenceMatcher } from '../../../authorization/patterns.js'
import type { Limits } from '../../../authorization/limits/schema.js'
import type { Violation } from '../rows.js'
import { fitsOne, instead } from './words.js'

type Refused = { readonly limit: 'images' | 'registries', readonly message: string }

/** The first part of a reference, where it is one that names a registry; else Docker Hub. */
export function registryOf (reference: string): string {
  const [first = '', ...rest] = familiarReference(reference).split('/')
  return rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost') ? first : 'docker.io'
}

export const limitsImages = ({ images, registries }: Limits): boolean => images !== undefined || registries !== undefined

/** Engines take as little of an id as says which image is meant. */
const ID = /^(?:sha256:)?[0-9a-f]{1,64}$/

/** An image that is used, or a name that is given. An id says nothing of where an image is from. */
export function refuseReference (reference: string, limits: Limits): Refused | undefined {
  const { images, registries } = limits
  if (limitsImages(limits) && ID.test(reference)) return { limit: images === undefined ? 'registries' : 'images', message: `${reference} reads like an image's id, which says nothing of where it is from: name the image, with its tag` }
  if (images !== undefined && !images.some(pattern => referenceMatcher(pattern)(reference))) return { limit: 'images', message: `${reference} is no image that you may use: ${instead(images)}` }
  const registry = registryOf(reference)
  if (registries !== undefined && !fitsOne(registries, registry)) return { limit: 'registries', message: `${registry} is no registry that you may use: ${instead(registries)}` }
  return undefined
}

/** Names that images are used by, or are given, said in one field. */
export const nameViolations = (names: readonly string[], field: string, limits: Limits): Violation[] => names.flatMap(name => {
  const refused = refuseReference(name, limits)
  return refused === undefined ? [] : [{ ...refused, at: [field] }]
})
