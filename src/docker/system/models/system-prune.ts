import Type, { type Static } from 'typebox'
import { choice } from '../../../model/choice.js'
import { Bytes, Flag, Texts } from '../../../engine/models/common.js'
import { pruned } from './prune.js'
import { closed } from '../../../model/objects.js'

export const PruneKind = choice('PruneKind', 'What a prune of a whole host looks at', {
  containers: 'Containers that do not run',
  networks: 'Networks that nothing is on',
  images: 'Images without a name; with `allImages` every one that no container is made of',
  volumes: 'Volumes without a name that no container has; with `allVolumes` those with a name as well',
  buildCache: 'What builds have kept; with `allImages` also what images have as well'
})
export type PruneKind = Static<typeof PruneKind>

/** A volume may hold what nothing else has. */
export const USUAL_KINDS: PruneKind[] = ['containers', 'networks', 'images', 'buildCache']

export const SystemPrune = Type.Object({
  dryRun: Flag('Whether this only tells what would go'),
  containers: pruned('SystemPrunedContainers', 'The full ids of containers'),
  networks: pruned('SystemPrunedNetworks', 'The names of networks'),
  volumes: pruned('SystemPrunedVolumes', 'The names of volumes'),
  images: Type.Object({
    removed: Texts('The ids of images, `sha256:…`'),
    reclaimedBytes: Bytes('What is free again. Of a dry run: what they share with no other image, and so the least; layers that only they share come on top')
  }, { ...closed, title: 'SystemPrunedImages', description: 'What a prune removed' }),
  buildCache: pruned('SystemPrunedBuildCache', 'The ids of what builds have kept'),
  reclaimedBytes: Bytes('What is free again, of all kinds together')
}, { ...closed, title: 'SystemPrune', description: 'What a prune of a whole host has removed, or would remove' })
export type SystemPrune = Static<typeof SystemPrune>

/** What of each kind goes. */
export type PrunedResources = Pick<SystemPrune, PruneKind>

export const nothingPruned = () => ({ removed: [], reclaimedBytes: 0 })
