import Type, { type Static } from 'typebox'
import { platformText } from '../../../engine/platform.js'
import { Text, Texts } from '../../../engine/models/common.js'
import type { EngineDistribution } from '../../../engine/objects.js'
import { ImageDescriptor, descriptorOf } from './image-manifest.js'
import { closed } from '../../../model/objects.js'

export const ImageDistribution = Type.Object({
  host: Text('The host whose engine asked'),
  reference: Text('What was asked for'),
  descriptor: ImageDescriptor,
  platforms: Texts('The platforms that it is for, e.g. `linux/arm64`; none where the engine does not say, as of an OCI image for one platform')
}, { ...closed, title: 'ImageDistribution', description: 'What a registry has under a name' })

export const distributionOf = (host: string, reference: string, { Descriptor, Platforms }: EngineDistribution): Static<typeof ImageDistribution> => ({
  host,
  reference,
  descriptor: descriptorOf(Descriptor),
  platforms: [...new Set((Platforms ?? []).map(platformText).filter(text => text !== undefined))]
})
