import Type from 'typebox'
import { operation, value } from '../../operation/define.js'
import { Closed, HostList, filterWords, hostsWanted } from '../models/common.js'
import { Image, ImageSummary, imageOf, imageSummary } from '../models/image.js'
import { HostName, ImageRef, imagePattern } from '../names.js'
import { imageObject } from '../targets.js'

const RemovedImage = Type.Object({
  untagged: Type.Array(Type.String(), { description: 'References that name it no longer' }),
  deleted: Type.Array(Type.String(), { description: 'Ids of images and layers that are gone' })
}, { ...Closed, title: 'RemovedImage' })

export const imageOperations = [
  operation({
    name: 'image.list',
    summary: 'List images',
    description: 'One host, or across hosts: a host that does not answer costs its own rows and a line under `errors`.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/images',
    acrossHosts: '/images',
    field: 'images',
    input: Type.Object({
      host: hostsWanted(HostName),
      all: Type.Optional(Type.Boolean({ description: 'Intermediate images as well; default false' })),
      dangling: Type.Optional(Type.Boolean({ description: 'Only those without a name, or only those with one' })),
      reference: filterWords('Only images whose reference matches one of these patterns, e.g. `app:*`'),
      label: filterWords('Only images with all of these labels, each `key` or `key=value`'),
      before: Type.Optional(Type.String({ pattern: imagePattern, description: 'Only images made before this one' })),
      since: Type.Optional(Type.String({ pattern: imagePattern, description: 'Only images made after this one' }))
    }, Closed),
    output: value(HostList('Images', ImageSummary)),
    audit: ['host'],
    example: { host: ['local'] },
    async handler ({ host, all, dangling, before, since, ...rest }, { hosts }) {
      const one = (word: string | boolean | undefined) => word === undefined ? undefined : [String(word)]
      const filters = given({ ...rest, dangling: one(dangling), before: one(before), since: one(since) })
      return await hosts.across(host, async engine =>
        newestFirst(await engine.images.list({ all, filters })).map(info => imageSummary(engine.name, info)))
    }
  }),

  operation({
    name: 'image.inspect',
    summary: 'One image in full',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/images/{image}',
    field: 'image',
    input: Type.Object(ImageRef, Closed),
    output: value(Image),
    target: 'image',
    audit: ['host', 'image'],
    example: { host: 'local', image: 'caisson-test/busybox:latest' },
    async handler ({ host }, { target }) {
      return imageOf(host, imageObject(target))
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
      noPrune: Type.Optional(Type.Boolean({ description: 'Leave parents without a name; default false' }))
    }, Closed),
    output: value(RemovedImage),
    target: 'image',
    audit: ['host', 'image', 'force', 'noPrune'],
    example: { host: 'local', image: 'caisson-test/imported:latest' },
    async handler ({ host, image: _id, ...options }, { hosts, target }) {
      const removed = await hosts.get(host).images.remove(target?.reference ?? _id, options)
      return {
        untagged: removed.flatMap(({ Untagged }) => Untagged ?? []),
        deleted: removed.flatMap(({ Deleted }) => Deleted ?? [])
      }
    }
  })
]

/** The engine's own order changes from call to call where images are of the same second. */
const newestFirst = <T extends { Created: number, Id: string }>(images: T[]): T[] =>
  images.sort((one, other) => other.Created - one.Created || one.Id.localeCompare(other.Id))

/** Filters that were asked for. */
function given (filters: Record<string, string[] | undefined>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(filters).flatMap(([name, words]) => words === undefined ? [] : [[name, words]]))
}
