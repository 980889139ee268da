import type Docker from 'dockerode'
import Type, { type Static } from 'typebox'
import { exactOf } from '../../../lib/exact-json.js'
import { isoOfSeconds, isoOrNothing } from '../../../engine/times.js'
import { Bytes, Count, DateTime, Raw, Text, TextMap, Texts } from '../../../engine/models/common.js'
import type { WithManifests } from '../../../engine/objects.js'
import { envOf, listOf } from '../../containers/models/container.js'
import { ImageDescriptor, ImageManifest, partsOf, rawParts, wholeSize } from './image-manifest.js'
import { closed } from '../../../model/objects.js'

const SIZE = 'What it takes on the host with all its layers. Containerd\'s image store keeps layers twice, as they were pulled and unpacked, and all platforms of an image: they count together'

/** Only stores that keep several platforms of an image have these (API 1.48 and newer). */
const parts = {
  descriptor: Type.Optional(ImageDescriptor),
  manifests: Type.Optional(Type.Array(ImageManifest, { description: 'Its parts, of which there is one for each platform; with `manifests`, and where the engine\'s store keeps several platforms' }))
}

export const ImageSummary = Type.Object({
  host: Text('The host it is on'),
  id: Text('The full id, `sha256:…`'),
  parentId: Type.Optional(Text('The image it was built on, where the engine knows, `sha256:…`')),
  tags: Texts('The references that name it, e.g. `app:1.2`; none when it is dangling'),
  digests: Texts('The references by digest, e.g. `app@sha256:…`'),
  createdAt: Type.Optional(DateTime('When it was built; absent where the image does not say')),
  sizeBytes: Bytes(SIZE),
  sharedSizeBytes: Type.Optional(Bytes('What of that it shares with other images, when `sharedSize` was asked for and the engine (API 1.42 and newer) can tell')),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  containers: Type.Optional(Count('How many containers use it; absent where the engine did not count')),
  ...parts
}, { ...closed, title: 'ImageSummary', description: 'An image as a list shows it' })
export type ImageSummary = Static<typeof ImageSummary>

const seconds = (description: string) => Type.Optional(Type.Number({ minimum: 0, description: `${description}, in seconds; absent for the engine's default` }))

export const ImageHealthCheck = Type.Object({
  test: Texts('The check: `NONE`, or `CMD` and its arguments, or `CMD-SHELL` and a line for the shell'),
  intervalSeconds: seconds('The time between two checks'),
  timeoutSeconds: seconds('How long a check may take'),
  startPeriodSeconds: seconds('How long a failing check does not count'),
  startIntervalSeconds: seconds('The time between two checks during the start period; from API 1.44 on'),
  retries: Type.Optional(Count('After how many failures in a row a container is unhealthy; absent for the engine\'s default'))
}, { ...closed, title: 'ImageHealthCheck', description: 'How the image says whether a container is well' })

export const Image = Type.Object({
  host: Text('The host it is on'),
  id: Text('The full id, `sha256:…`'),
  parentId: Type.Optional(Text('The image it was built on, where the engine knows, `sha256:…`')),
  tags: Texts('The references that name it, e.g. `app:1.2`; none when it is dangling'),
  digests: Texts('The references by digest, e.g. `app@sha256:…`'),
  createdAt: Type.Optional(DateTime('When it was built; absent where the image does not say')),
  lastTaggedAt: Type.Optional(DateTime('When it was given a name on this host; absent where that never was')),
  sizeBytes: Bytes(`${SIZE}. With \`platform\`, that one alone`),
  architecture: Text('E.g. `amd64`'),
  variant: Type.Optional(Text('The variant of the architecture, e.g. `v8`; absent where the image does not say')),
  os: Text('E.g. `linux`'),
  osVersion: Type.Optional(Text('The version of the operating system; absent where the image does not say')),
  author: Text('Who made it; empty when nobody said'),
  comment: Text('What its maker said of it; empty when nothing'),
  command: Texts('The command a container runs when none is given'),
  entrypoint: Texts('The entry point'),
  shell: Texts('The shell that commands in one line are given to; empty for the engine\'s default'),
  env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), { description: 'The environment it brings' }),
  exposedPorts: Texts('The ports it exposes, e.g. `80/tcp`'),
  volumes: Texts('The paths that get a volume of their own'),
  labels: TextMap('Its labels; keys are as their makers wrote them'),
  user: Text('The user its process runs as; empty for root'),
  workingDir: Text('The working directory; empty for `/`'),
  stopSignal: Type.Optional(Text('The signal that asks its process to stop; absent for `SIGTERM`')),
  healthCheck: Type.Optional(ImageHealthCheck),
  onBuild: Texts('Instructions that a build on top of it runs first'),
  layers: Texts('The digests of its layers, lowest first'),
  ...parts,
  raw: Raw
}, { ...closed, title: 'Image', description: 'An image in full' })
export type Image = Static<typeof Image>

export function imageSummary (host: string, info: Docker.ImageInfo & WithManifests): ImageSummary {
  return {
    host,
    id: info.Id,
    ...optional('parentId', info.ParentId),
    tags: named(info.RepoTags),
    digests: named(info.RepoDigests),
    ...createdOf(info.Created),
    sizeBytes: info.Size,
    ...(info.SharedSize >= 0 ? { sharedSizeBytes: info.SharedSize } : {}),
    labels: info.Labels ?? {},
    ...(info.Containers >= 0 ? { containers: info.Containers } : {}),
    ...partsOf(info, true)
  }
}

/** Fields that engines have and dockerode's types do not. */
type Config = Partial<Docker.ImageInspectInfo['Config']> & { readonly Shell?: string[] | null, readonly StopSignal?: string }
type Info = Docker.ImageInspectInfo & WithManifests & { readonly Metadata?: { readonly LastTagTime?: string } }

interface Shown {
  /** Whether its parts were asked for: engines are asked for them always, as they cost nothing there. */
  readonly manifests?: boolean
  /** Of one platform, where its size is known. */
  readonly sizeBytes?: number
}

export function imageOf (host: string, plain: Info, { manifests = false, sizeBytes = wholeSize(plain.Size, plain) }: Shown = {}): Image {
  const info = exactOf(plain)
  const config: Config = info.Config ?? {}
  return {
    host,
    id: info.Id,
    ...optional('parentId', info.Parent),
    tags: named(info.RepoTags),
    digests: named(info.RepoDigests),
    ...optional('createdAt', isoOrNothing(info.Created)),
    ...optional('lastTaggedAt', lastTagged(info)),
    sizeBytes,
    architecture: info.Architecture,
    ...optional('variant', info.Variant),
    os: info.Os,
    ...optional('osVersion', info.OsVersion),
    author: info.Author ?? '',
    comment: info.Comment ?? '',
    ...configOf(config),
    layers: [...info.RootFS?.Layers ?? []],
    ...partsOf(info, manifests),
    raw: rawParts(info, manifests)
  }
}

const configOf = (config: Config) => ({
  command: listOf(config.Cmd),
  entrypoint: listOf(config.Entrypoint),
  shell: listOf(config.Shell),
  env: envOf(config.Env ?? []),
  exposedPorts: Object.keys(config.ExposedPorts ?? {}),
  volumes: Object.keys(config.Volumes ?? {}),
  labels: config.Labels ?? {},
  user: config.User ?? '',
  workingDir: config.WorkingDir ?? '',
  ...optional('stopSignal', config.StopSignal),
  ...(config.Healthcheck == null ? {} : { healthCheck: healthCheckOf(config.Healthcheck) }),
  onBuild: (config.OnBuild ?? []).map(String)
})

function healthCheckOf ({ Test: test, Interval, Timeout, StartPeriod, StartInterval, Retries: retries }: Docker.HealthConfig & { readonly StartInterval?: number }): Static<typeof ImageHealthCheck> {
  const seconds = { intervalSeconds: Interval, timeoutSeconds: Timeout, startPeriodSeconds: StartPeriod, startIntervalSeconds: StartInterval }
  const given = Object.entries(seconds).flatMap(([name, nanos]) => nanos === undefined || nanos === 0 ? [] : [[name, Number(nanos) / 1e9]])
  return { test: listOf(test), ...Object.fromEntries(given), ...(retries === undefined || retries === 0 ? {} : { retries }) }
}

/** The engine keeps the time with its own zone. */
function lastTagged ({ Metadata }: Info): string | undefined {
  const time = isoOrNothing(Metadata?.LastTagTime)
  return time === undefined ? undefined : new Date(time).toISOString()
}

/** Seconds since 1970, where an image says when it was made. Engines write the year 1 for an image without a date, or 1970. */
export const createdOf = (seconds: number): { createdAt?: string } => seconds > 0 ? { createdAt: isoOfSeconds(seconds) } : {}

/** A text of the engine's that may be missing or empty. */
const optional = <N extends string>(name: N, text: string | undefined): { [K in N]?: string } =>
  (text === undefined || text === '' ? {} : { [name]: text }) as { [K in N]?: string }

/** Engines write `<none>` where an image has no name. */
const named = (references: readonly string[] | null | undefined): string[] =>
  (references ?? []).filter(reference => !reference.startsWith('<none>'))
