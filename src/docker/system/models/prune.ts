import Type from 'typebox'
import { Bytes, Texts } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

/** What a prune answers. */
export const pruned = (title: string, removed: string) => Type.Object({
  removed: Texts(removed),
  reclaimedBytes: Bytes('What is free again')
}, { ...closed, title, description: 'What a prune removed' })
