import type { Static } from 'typebox'
import { choice } from '../../model/choice.js'

export const DiskUsageKind = choice('DiskUsageKind', 'What is looked at', {
  images: 'Images', containers: 'Containers\' own layers', volumes: 'Volumes', buildCache: 'What builds have kept'
})

export type DiskUsageKind = Static<typeof DiskUsageKind>
