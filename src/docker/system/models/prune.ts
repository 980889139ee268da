import Type from 'typebox'
import { Bytes, Closed, Texts } from '../../../engine/models/common.js'

/** What a prune answers. */
export const pruned = (title: string, removed: string) => Type.Object({
  removed: Texts(removed),
  reclaimedBytes: Bytes('What is free again')
}, { ...Closed, title, description: 'What a prune removed' })
