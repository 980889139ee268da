import type Docker from 'dockerode'
import { isNamed } from '../images/image-names.js'

type Image = Pick<Docker.ImageInfo, 'Id' | 'ParentId' | 'RepoTags' | 'RepoDigests' | 'Created' | 'Labels'>

interface Order<I> {
  /** Also those with a name. */
  readonly allImages: boolean
  readonly wants: (image: I) => boolean
}

const named = (references: readonly string[] | null | undefined): boolean => (references ?? []).some(isNamed)

/**
 * The images that a prune would remove, and with each its parents that have neither a name, nor a container, nor
 * another child. `used` are those that containers are made of which stay. Children come before their parents.
 */
export function prunableImages<I extends Image> (all: readonly I[], used: ReadonlySet<string>, { allImages, wants }: Order<I>): I[] {
  const byId = new Map(all.map(image => [image.Id, image]))
  const going = new Set<string>()
  const children = (id: string) => all.filter(({ Id, ParentId }) => ParentId === id && !going.has(Id))
  const isStep = (image: Image) => !named(image.RepoTags) && !named(image.RepoDigests) && all.some(({ ParentId }) => ParentId === image.Id)
  const chosen = all.filter(image => !isStep(image) && (allImages || !named(image.RepoTags)) && !used.has(image.Id) && wants(image))
  // Children first: an image with a child stays.
  for (let found = true; found;) {
    found = false
    for (const { Id } of chosen.filter(({ Id }) => !going.has(Id) && children(Id).length === 0)) {
      found = true
      going.add(Id)
      for (let parent = byId.get(byId.get(Id)?.ParentId ?? ''); parent !== undefined && isLoose(parent); parent = byId.get(parent.ParentId)) going.add(parent.Id)
    }
  }
  return [...going].flatMap(id => byId.get(id) ?? [])

  function isLoose (image: Image): boolean {
    return !named(image.RepoTags) && !named(image.RepoDigests) && !used.has(image.Id) && children(image.Id).length === 0
  }
}
