import Type from 'typebox'
import { bytes, events, operation } from '../../operation/define.js'
import { needsApi } from '../../engine/connection/api-version.js'
import { namesGiven, pulledNames, pushedNames } from '../../docker/authorization/image-names.js'
import { importOwnershipLabels } from '../../docker/authorization/ownership-labels.js'
import { saveImages } from '../../docker/images/image-save.js'
import { imageNameLimits, unreadImageLimits } from '../../docker/limits/evaluate.js'
import { Platform, Text, filterWords } from '../../engine/models/common.js'
import { ImportStreamEvent, LoadStreamEvent, PullStreamEvent, PushStreamEvent } from '../../engine/models/image-transfers.js'
import { HostName, ImageRef, ImageReference, NewReference } from '../../model/names.js'
import { ImagePlatform } from '../../engine/platform.js'
import { allTagsOf, mayPushAll, nameToPush } from '../../docker/images/push-names.js'
import { registryHeader, RegistryAuth } from '../../engine/registry-auth.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_ITS_TARGET, CREATES_NOTHING, NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'
import { PLATFORM, TRANSFER_UNLIMITED } from './unlimited.js'

const TAR = 'application/x-tar'

export const imageTransferOperations = [
  operation({
    name: 'image.pull',
    summary: 'Pull an image from its registry',
    description: 'Tells the progress of each layer, and ends with the image\'s id and digest. Where engines pull what there is, though it is for another platform than was asked for, the end is an error (`not-found`); what came stays under its name. Without a job, a client that leaves ends the pull.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/pull',
    input: Type.Object({
      host: HostName,
      reference: ImageReference,
      platform: Type.Optional(Platform),
      allTags: Type.Optional(Type.Boolean({ description: 'Every tag that the repository has; the reference is then without one. Default false' })),
      registryAuth: Type.Optional(RegistryAuth)
    }, closed),
    output: events(PullStreamEvent),
    secret: ['registryAuth'],
    writesImages: pulledNames,
    limits: { ...imageNameLimits('reference', pulledNames), unlimited: TRANSFER_UNLIMITED },
    target: CREATES_ITS_TARGET,
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: none('an image from elsewhere keeps its labels, and is nobody\'s'),
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'reference', 'platform', 'allTags'],
    example: { host: 'local', reference: 'localhost:5000/caisson-test/pulled:latest' },
    async handler ({ host, reference, allTags, registryAuth, platform }, { hosts, signal }) {
      const wanted = allTags === true ? allTagsOf(reference) : reference
      return await hosts.get(host).images.pull(wanted, { platform, allTags, registryAuth: registryHeader(registryAuth) }, signal)
    }
  }),

  operation({
    name: 'image.push',
    summary: 'Push an image to its registry',
    description: 'The image is named by the reference that is pushed, whose first part is the registry; give it one with `image.tag`. Tells the progress of each layer, and ends with the digest. Without a job, a client that leaves ends the push.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/{image}/push',
    input: Type.Object({
      ...ImageRef,
      allTags: Type.Optional(Type.Boolean({ description: 'Every tag that the reference\'s repository has on this host, also where there is no `latest`; who may not push each of them is refused. Default false' })),
      platform: Type.Optional(ImagePlatform('Of an image of several platforms: this one alone. Takes an engine of API 1.46 or newer')),
      registryAuth: Type.Optional(RegistryAuth)
    }, closed),
    output: events(PushStreamEvent),
    target: 'image',
    secret: ['registryAuth'],
    writesImages: pushedNames,
    limits: { ...imageNameLimits('image', pushedNames), unlimited: TRANSFER_UNLIMITED },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'image', 'allTags', 'platform'],
    example: { host: 'local', image: 'localhost:5000/caisson-test/pushed:latest' },
    async handler ({ host, allTags, registryAuth, platform }, { hosts, access, signal, target }) {
      const engine = hosts.get(host)
      await needsApi(engine, { platform }, { platform: '1.46' })
      const name = nameToPush(target)
      if (allTags === true) await mayPushAll(engine, access, name)
      return await engine.images.push(name, { allTags, platform, registryAuth: registryHeader(registryAuth) }, signal)
    }
  }),

  operation({
    name: 'image.import',
    summary: 'Make an image of a root file system',
    description: 'The body is a plain tar of the files. Ends with the image\'s id and what arrived of the upload. An image that is for another platform than was asked for, as older engines make it, is an error (`unprocessable`): it is told by its id, and gets no name. Without a job, a client that leaves ends the import, and no image is made.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/import',
    upload: TAR,
    input: Type.Object({
      host: HostName,
      reference: Type.Optional(NewReference('The name to give it')),
      message: Type.Optional(Text('A message for its history')),
      changes: filterWords('Instructions of a Dockerfile, e.g. `CMD ["sh"]`'),
      platform: Type.Optional(Platform)
    }, closed),
    output: events(ImportStreamEvent),
    writesImages: ({ reference }) => namesGiven(reference),
    limits: {
      ...imageNameLimits('reference', ({ reference }: { readonly reference?: string }) => namesGiven(reference)),
      unlimited: {
        message: 'a message takes nothing of the host', changes: 'they are looked at when a container is made of the image', platform: PLATFORM
      }
    },
    ownershipLabels: importOwnershipLabels,
    target: CREATES_ITS_TARGET,
    references: NAMES_NOTHING_ELSE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'reference', 'platform'],
    example: { host: 'local', reference: 'caisson-test/imported:latest' },
    async handler ({ host, ...options }, { hosts, signal, upload }) {
      return await hosts.get(host).images.import(upload, options, signal)
    }
  }),

  operation({
    name: 'image.load',
    summary: 'Load images that were saved',
    description: 'The body is a plain tar as `image.save` or `docker save` write it. Ends with what was loaded and what arrived of the upload. A name in it that another image has goes over to the one that is loaded. Without a job, a client that leaves ends the load.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/load',
    upload: TAR,
    input: Type.Object({ host: HostName, platform: Type.Optional(ImagePlatform('Of an archive of several platforms: this one alone. Takes an engine of API 1.48 or newer')) }, closed),
    output: events(LoadStreamEvent),
    // The names are inside the archive, behind the layers: nobody can read them before the engine does.
    writesImages: () => [],
    limits: { ...unreadImageLimits, unlimited: { platform: PLATFORM } },
    target: CREATES_ITS_TARGET,
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: none('an image from elsewhere keeps its labels, and is nobody\'s'),
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'platform'],
    example: { host: 'local' },
    async handler ({ host, platform }, { hosts, signal, upload }) {
      const engine = hosts.get(host)
      await needsApi(engine, { platform }, { platform: '1.48' })
      return await engine.images.load(upload, platform, signal)
    }
  }),

  operation({
    name: 'image.save',
    summary: 'One archive of one image or several, with their layers and names',
    description: 'As `docker save` writes it, for `image.load`. The engine puts the archive together before it sends any of it, which takes a while with large images. An answer that is cut off is not whole. A client that leaves ends it.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/images-archive',
    input: Type.Object({
      host: HostName,
      image: Type.Array(ImageReference, { minItems: 1, maxItems: 100, description: 'The images: references or ids. A repository without a tag is all its tags; an id is the image without a name' }),
      platform: Type.Optional(ImagePlatform('Of images of several platforms: this one alone. Takes an engine of API 1.48 or newer'))
    }, closed),
    output: bytes(TAR),
    failures: { conflict: 'An image is not whole on this host' },
    references: { inputs: ['image'], of: ({ image }) => image.map((reference, at) => ({ kind: 'image', reference, pointer: `/image/${at}` })) },
    audit: ['host', 'image', 'platform'],
    example: { host: 'local', image: ['caisson-test/busybox:latest'] },
    async handler ({ host, image, platform }, { hosts, signal }) {
      return await saveImages(hosts.get(host), { images: image, platform }, signal)
    }
  })
]
