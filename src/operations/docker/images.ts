import Type from 'typebox'
import type { Access } from '../../authorization/access.js'
import { forbidden, invalidField } from '../../lib/errors.js'
import { nothing, operation, value } from '../../operation/define.js'
import { needsApi } from '../../engine/connection/api-version.js'
import { namesLost, pulledNames } from '../../docker/authorization/image-names.js'
import { imageRow, removals, rows } from '../../docker/authorization/rows.js'
import { inspectImage } from '../../docker/images/image-inspect.js'
import { listImages } from '../../docker/images/image-list.js'
import { pruneImages } from '../../docker/images/image-prune.js'
import { REGISTRY_AUTH } from './unlimited.js'
import { imageNameLimits } from '../../docker/limits/evaluate.js'
import { HostList, filterWords, hostsWanted, labelNot } from '../../engine/models/common.js'
import { ImageDistribution, distributionOf } from '../../docker/images/models/image-distribution.js'
import { ImageHistory, historyItem } from '../../docker/images/models/image-history.js'
import { PrunedImages, RemovedImage, removedImage } from '../../docker/images/models/image-removal.js'
import { Image, ImageSummary } from '../../docker/images/models/image.js'
import { redactHistory, redactImage } from '../../docker/containers/models/redactions.js'
import { HostName, ImageRef, ImageReference, NewReference, imagePattern } from '../../model/names.js'
import { ImagePlatform } from '../../engine/platform.js'
import { RegistryAuth, registryHeader } from '../../engine/registry-auth.js'
import { imageObject } from '../../docker/targets.js'
import { TimeInput, engineTime } from '../../engine/times.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, GIVES_NOTHING, MANY_TARGETS, NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'

export const imageOperations = [
  operation({
    name: 'image.list',
    summary: 'List images',
    description: 'One host, or across hosts: a host that does not answer costs its own rows and a line under `errors`.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/images',
    acrossHosts: '/images',
    input: Type.Object({
      host: hostsWanted(HostName),
      all: Type.Optional(Type.Boolean({ description: 'Intermediate images as well; default false' })),
      dangling: Type.Optional(Type.Boolean({ description: 'Only those without a name, or only those with one' })),
      reference: filterWords('Only images whose reference matches one of these patterns, e.g. `app:*`'),
      label: filterWords('Only images with all of these labels, each `key` or `key=value`'),
      labelNot: Type.Optional(Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 100, description: 'Only images with none of these labels, each `key` or `key=value`' })),
      before: neighbour('Only images made before this one'),
      since: neighbour('Only images made after this one'),
      until: Type.Optional(TimeInput('Only images made before this time')),
      sharedSize: Type.Optional(Type.Boolean({ description: 'Tell what each shares with others, which takes the engine longer; default false' })),
      manifests: Type.Optional(Type.Boolean({ description: 'Tell the parts of each image, one for each platform, where the engine\'s store keeps several. Takes an engine of API 1.47 or newer; default false' }))
    }, closed),
    output: value(HostList('Images', ImageSummary)),
    rowFilter: rows('image', imageRow),
    audit: ['host'],
    example: { host: ['local'] },
    async handler ({ host, all, sharedSize, manifests, until, dangling, before, since, labelNot, ...rest }, { hosts, access }) {
      const filters = given({ ...rest, dangling: one(dangling), before: one(before), since: one(since) })
      const madeBefore = until === undefined ? undefined : Number(engineTime('until', until))
      return await hosts.across(host, async engine => await listImages(engine, access, { all, sharedSize, manifests, filters, madeBefore, labelNot }))
    }
  }),

  operation({
    name: 'image.inspect',
    summary: 'One image in full',
    description: 'What is promised of every engine, in fields of their own, and under `raw` the engine\'s object as it gave it.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/images/{image}',
    input: Type.Object({
      ...ImageRef,
      manifests: Type.Optional(Type.Boolean({ description: 'Tell its parts as well, one for each platform, where the engine\'s store keeps several. Takes an engine of API 1.48 or newer; default false' })),
      platform: Type.Optional(ImagePlatform('Of an image of several platforms: this one, with its own id. Does not go with `manifests`. Takes an engine of API 1.49 or newer'))
    }, closed),
    output: value(Image),
    target: 'image',
    redact: redactImage,
    audit: ['host', 'image', 'manifests', 'platform'],
    example: { host: 'local', image: 'caisson-test/busybox:latest' },
    async handler ({ host, manifests, platform }, { hosts, target }) {
      return await inspectImage(hosts.get(host), imageObject(target), { manifests, platform })
    }
  }),

  operation({
    name: 'image.history',
    summary: 'How an image was made, step by step',
    description: 'The newest step first. Steps of images that were pulled have no id.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/images/{image}/history',
    input: Type.Object({ ...ImageRef, platform: Type.Optional(ImagePlatform('Of an image of several platforms: this one; the host\'s own when absent. Takes an engine of API 1.48 or newer')) }, closed),
    output: value(ImageHistory),
    target: 'image',
    redact: redactHistory,
    audit: ['host', 'image', 'platform'],
    example: { host: 'local', image: 'caisson-test/busybox:latest' },
    async handler ({ host, image, platform }, { hosts }) {
      const engine = hosts.get(host)
      await needsApi(engine, { platform }, { platform: '1.48' })
      return { items: (await engine.images.history(image, platform)).map(historyItem) }
    }
  }),

  operation({
    name: 'image.distribution',
    summary: 'What a registry has under a name: digest and platforms',
    description: 'The host\'s engine asks the registry now, and fetches nothing of the image itself: whether there is something newer can be told before a pull. Takes the same rights as a pull.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/distribution/{reference}',
    input: Type.Object({ host: HostName, reference: ImageReference, registryAuth: Type.Optional(RegistryAuth) }, closed),
    output: value(ImageDistribution),
    secret: ['registryAuth'],
    writesImages: pulledNames,
    limits: { ...imageNameLimits('reference', pulledNames), unlimited: { registryAuth: REGISTRY_AUTH } },
    audit: ['host', 'reference'],
    example: { host: 'local', reference: 'localhost:5000/caisson-test/pulled:latest' },
    async handler ({ host, reference, registryAuth }, { hosts }) {
      return distributionOf(host, reference, await hosts.get(host).images.distribution(reference, registryHeader(registryAuth)))
    }
  }),

  operation({
    name: 'image.tag',
    summary: 'Give an image a name',
    description: 'A name that another image has goes over to this one; giving it a name that it has already changes nothing.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/{image}/tag',
    input: Type.Object({ ...ImageRef, reference: NewReference('The name') }, closed),
    output: nothing(),
    target: 'image',
    writesImages: ({ reference }) => [reference],
    limits: { ...imageNameLimits('reference', ({ reference }: { readonly reference: string }) => [reference]), unlimited: {} },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: none('the image stays whose it was: it gets another name'),
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'image', 'reference'],
    example: { host: 'local', image: 'caisson-test/imported:latest', reference: 'caisson-test/tagged:1.0' },
    async handler ({ host, image, reference }, { hosts }) {
      await hosts.get(host).images.tag(image, reference)
    }
  }),

  operation({
    name: 'image.remove',
    summary: 'Remove an image, or one of its names',
    description: 'A reference takes that name away, and the image with its last name; an id takes the image.',
    class: 'write',
    method: 'DELETE',
    path: '/hosts/{host}/images/{image}',
    input: Type.Object({
      ...ImageRef,
      force: Type.Optional(Type.Boolean({ description: 'Even when it has several names or a stopped container uses it; default false' })),
      noPrune: Type.Optional(Type.Boolean({ description: 'Leave parents without a name; default false' })),
      platforms: Type.Optional(Type.Array(ImagePlatform('A platform'), { minItems: 1, maxItems: 50, description: 'Of an image of several platforms: only what it has for these; its names stay. Takes `force`, since every image that has the same loses it, and for that reason a grant for all images of the host. Takes an engine of API 1.50 or newer' }))
    }, closed),
    output: value(RemovedImage),
    target: 'image',
    writesImages: namesLost,
    failures: { conflict: 'A container uses it, or it has several names, and `force` was not given; one that runs keeps it in any case' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'image', 'force', 'noPrune', 'platforms'],
    example: { host: 'local', image: 'caisson-test/imported:latest' },
    async handler ({ host, image, ...options }, { hosts, target, access }) {
      const engine = hosts.get(host)
      await needsApi(engine, options, { platforms: '1.50' })
      refuseShared(access, host, options)
      return removedImage(await engine.images.remove(target?.reference ?? image, options))
    }
  }),

  operation({
    name: 'image.prune',
    summary: 'Remove images that nothing uses',
    description: 'Those without a name, or with `all` every one that no container is made of. A client that leaves ends it; what is removed by then stays removed.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/images/prune',
    input: Type.Object({
      host: HostName,
      all: Type.Optional(Type.Boolean({ description: 'Those with a name as well; default false' })),
      until: Type.Optional(TimeInput('Only images made before this time')),
      label: filterWords('Only images with all of these labels, each `key` or `key=value`'),
      labelNot: labelNot('images')
    }, closed),
    output: value(PrunedImages),
    rowFilter: removals('image'),
    target: MANY_TARGETS,
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'all', 'until', 'label', 'labelNot'],
    example: { host: 'local', until: '24h', labelNot: ['keep'] },
    async handler ({ host, ...wanted }, { hosts, access, signal }) {
      const { removals, reclaimedBytes } = await pruneImages(hosts.get(host), access, wanted, signal)
      return { removed: removedImage(removals), reclaimedBytes }
    }
  })
]

/** @throws `invalid-input` without `force`; `forbidden` for who may not remove every image that may have the same */
function refuseShared (access: Access, host: string, { platforms, force = false }: { readonly platforms?: readonly string[], readonly force?: boolean }): void {
  if (platforms === undefined) return
  if (!access.allowsAll('image.remove', host)) throw forbidden('a platform is taken from every image that has the same: that takes a grant for all images of the host', { rule: 'not-covered' })
  if (!force) throw invalidField('force', 'must be true: a platform is taken from every image that has the same')
}

function neighbour (description: string) {
  return Type.Optional(Type.String({ pattern: imagePattern, maxLength: 512, description: `${description}: a reference or an id`, 'x-expects': 'an image reference or an image id' }))
}

const one = (word: string | boolean | undefined): string[] | undefined => word === undefined ? undefined : [String(word)]

/** Filters that were asked for. */
function given (filters: Record<string, string[] | undefined>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(filters).flatMap(([name, words]) => words === undefined ? [] : [[name, words]]))
}
