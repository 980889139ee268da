import type Docker from 'dockerode'
import Type, { type Static } from 'typebox'
import { isoOfSeconds } from '../times.js'
import { Bytes, Closed, Count, DateTime, Raw, Text, TextMap, Texts } from './common.js'
import { envOf, listOf } from './container.js'

export const ImageSummary = Type.Object({
  host: Text('The host it is on'),
  id: Text('The full id, `sha256:…`'),
  tags: Texts('The references that name it, e.g. `app:1.2`'),
  digests: Texts('The references by digest, e.g. `app@sha256:…`'),
  createdAt: DateTime('When it was built'),
  sizeBytes: Bytes('Its size with all its layers'),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  containers: Type.Optional(Count('How many containers use it; absent where the engine did not count'))
}, { ...Closed, title: 'ImageSummary', description: 'An image as a list shows it' })
export type ImageSummary = Static<typeof ImageSummary>

export const Image = Type.Object({
  host: Text('The host it is on'),
  id: Text('The full id, `sha256:…`'),
  tags: Texts('The references that name it, e.g. `app:1.2`'),
  digests: Texts('The references by digest, e.g. `app@sha256:…`'),
  createdAt: Type.Optional(DateTime('When it was built; absent where the image does not say')),
  sizeBytes: Bytes('Its size with all its layers'),
  architecture: Text('E.g. `amd64`'),
  os: Text('E.g. `linux`'),
  author: Text('Who made it; empty when nobody said'),
  command: Texts('The command a container runs when none is given'),
  entrypoint: Texts('The entry point'),
  env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), { description: 'The environment it brings' }),
  exposedPorts: Texts('The ports it exposes, e.g. `80/tcp`'),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  user: Text('The user its process runs as; empty for root'),
  workingDir: Text('The working directory; empty for `/`'),
  layers: Texts('The digests of its layers, lowest first'),
  raw: Raw
}, { ...Closed, title: 'Image', description: 'An image in full' })
export type Image = Static<typeof Image>

export function imageSummary (host: string, info: Docker.ImageInfo): ImageSummary {
  return {
    host,
    id: info.Id,
    tags: named(info.RepoTags),
    digests: named(info.RepoDigests),
    createdAt: isoOfSeconds(info.Created),
    sizeBytes: info.Size,
    labels: info.Labels ?? {},
    ...(info.Containers >= 0 ? { containers: info.Containers } : {})
  }
}

export function imageOf (host: string, info: Docker.ImageInspectInfo): Image {
  const config: Partial<Docker.ImageInspectInfo['Config']> = info.Config ?? {}
  return {
    host,
    id: info.Id,
    tags: named(info.RepoTags),
    digests: named(info.RepoDigests),
    ...(info.Created === undefined || info.Created === '' ? {} : { createdAt: info.Created }),
    sizeBytes: info.Size,
    architecture: info.Architecture,
    os: info.Os,
    author: info.Author ?? '',
    command: listOf(config.Cmd),
    entrypoint: listOf(config.Entrypoint),
    env: envOf(config.Env ?? []),
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    labels: config.Labels ?? {},
    user: config.User ?? '',
    workingDir: config.WorkingDir ?? '',
    layers: [...info.RootFS?.Layers ?? []],
    raw: { ...info }
  }
}

/** Engines write `<none>` where an image has no name. */
const named = (references: readonly string[] | null | undefined): string[] =>
  (references ?? []).filter(reference => !reference.startsWith('<none>'))
