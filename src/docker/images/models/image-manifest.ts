/** What engines that keep images of several platforms (containerd's image store) tell of them. */
import Type, { type Static } from 'typebox'
import { inGraphql } from '../../../model/graphql-name.js'
import { choice } from '../../../model/choice.js'
import { platformText } from '../../../engine/platform.js'
import { Bytes, Count, Flag, Text, present } from '../../../engine/models/common.js'
import type { EngineDescriptor, EngineManifest, WithManifests } from '../../../engine/objects.js'
import { closed } from '../../../model/objects.js'

export const ImageDescriptor = Type.Object({
  mediaType: Text('What it is, e.g. `application/vnd.oci.image.index.v1+json` for an image of several platforms'),
  digest: Text('Its digest, `sha256:…`'),
  sizeBytes: Bytes('The size of what the digest is of')
}, { ...closed, title: 'ImageDescriptor', description: 'What an image store knows an image by' })

const ManifestKind = choice('ImageManifestKind', 'What a part of an image is', {
  image: 'The image for one platform', attestation: 'What a build has said of another part', unknown: 'The engine cannot tell'
})

export const ImageManifest = Type.Object({
  id: Text('Its digest, `sha256:…`', inGraphql('manifestId')),
  kind: ManifestKind,
  platform: Type.Optional(Text('The platform it is for, e.g. `linux/arm64`')),
  available: Flag('Whether all of it is on the host; what is not there was left out of a pull, or has been removed'),
  contentBytes: Bytes('What its content takes, as registries have it'),
  unpackedBytes: Type.Optional(Bytes('What its layers take, unpacked')),
  totalBytes: Bytes('Both together'),
  containers: Type.Optional(Count('How many containers are made of it')),
  attests: Type.Optional(Text('Of an attestation: the part that it speaks of, `sha256:…`')),
  descriptor: ImageDescriptor
}, { ...closed, title: 'ImageManifest', description: 'A part of an image that may be for several platforms' })
export type ImageManifest = Static<typeof ImageManifest>

export const descriptorOf = ({ mediaType, digest, size }: EngineDescriptor): Static<typeof ImageDescriptor> => ({ mediaType, digest, sizeBytes: size })

export const manifestOf = ({ ID: id, Kind, Available: available, Size, ImageData, AttestationData, Descriptor }: EngineManifest): ImageManifest => ({
  id,
  kind: Kind === 'image' || Kind === 'attestation' ? Kind : 'unknown',
  available,
  contentBytes: Size.Content,
  totalBytes: Size.Total,
  ...present({
    platform: platformText(ImageData?.Platform),
    unpackedBytes: ImageData?.Size.Unpacked,
    containers: ImageData === undefined ? undefined : ImageData.Containers?.length ?? 0,
    attests: AttestationData?.For
  }),
  descriptor: descriptorOf(Descriptor)
})

/** In a list's row and in an inspect alike: what the engine said, where it was asked. */
export const partsOf = ({ Descriptor, Manifests }: WithManifests, isAsked: boolean): { descriptor?: Static<typeof ImageDescriptor>, manifests?: ImageManifest[] } => ({
  ...(Descriptor == null ? {} : { descriptor: descriptorOf(Descriptor) }),
  ...(isAsked && Manifests != null ? { manifests: Manifests.map(manifestOf) } : {})
})

/**
 * What an image takes with all its platforms. In an inspect some engines (API 1.48 to 1.51) count the content of one
 * platform alone, in a list always all: the parts say what it is.
 */
export const wholeSize = (size: number, { Manifests }: WithManifests): number =>
  Manifests == null || Manifests.length === 0 ? size : Manifests.reduce((sum, { Size }) => sum + Size.Total, 0)

/** Under `raw`: whose containers use it is not for everybody who may see the image, and the parts only where they were asked for. */
export function rawParts (info: WithManifests, isAsked: boolean): object {
  const { Manifests, ...rest } = info
  if (Manifests == null || !isAsked) return rest
  return { ...rest, Manifests: Manifests.map(({ ImageData, ...part }) => ({ ...part, ...(ImageData === undefined ? {} : { ImageData: { ...ImageData, Containers: undefined } }) })) }
}
