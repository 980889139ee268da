import Type, { type Static } from 'typebox'
import type { Removal } from '../../../engine/host/images.js'
import { Bytes, Texts } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

export const RemovedImage = Type.Object({
  untagged: Texts('References that name it no longer'),
  deleted: Texts('Ids of images and layers that are gone')
}, { ...closed, title: 'RemovedImage', description: 'What a removal took away' })

export const PrunedImages = Type.Object({
  removed: RemovedImage,
  reclaimedBytes: Bytes('What that freed')
}, { ...closed, title: 'PrunedImages', description: 'What a prune took away' })

export const removedImage = (pieces: readonly Removal[]): Static<typeof RemovedImage> => ({
  untagged: pieces.flatMap(({ Untagged }) => Untagged ?? []),
  deleted: pieces.flatMap(({ Deleted }) => Deleted ?? [])
})
