import type Docker from 'dockerode'
import type { Access } from '../../authorization/access.js'
import { noSuch } from '../../lib/errors.js'
import { visibilityOf } from '../../authorization/target-resolver.js'
import { needsApi } from '../../engine/connection/api-version.js'
import type { Host } from '../../engine/host.js'
import { imageSummary, type ImageSummary } from './models/image.js'
import { labelsOf } from '../system/prune-selection.js'
import { imageTarget, imageResource } from '../targets.js'

interface ImageListOptions {
  readonly all?: boolean
  readonly sharedSize?: boolean
  readonly manifests?: boolean
  readonly filters: Readonly<Record<string, string[]>>
  /** Only images made before this many seconds since 1970: only newer engines have a filter for it. */
  readonly madeBefore?: number
  /** Only images with none of these labels: only containerd's image store has a filter for it. */
  readonly labelNot?: readonly string[]
}

/** Newest first. Whoever sees some images only hears of no other by way of a filter. */
export async function listImages (host: Host, access: Access, { madeBefore = Infinity, labelNot = [], filters: asked, ...options }: ImageListOptions): Promise<ImageSummary[]> {
  await needsApi(host, options, { manifests: '1.47' })
  const filters = access.allowsAll('image.list', host.name) ? asked : await withNeighbours(host, access, asked)
  const isWanted = ({ Created, Labels }: Docker.ImageInfo) => Created < madeBefore && !labelNot.some(labelsOf(Labels))
  const images = (await host.images.list({ ...options, filters })).filter(isWanted)
  return newestFirst(images).map(info => imageSummary(host.name, info))
}

/** With whole ids, under which no other image is meant. @throws `not-found` for what the caller may not know of */
async function withNeighbours (host: Host, access: Access, asked: ImageListOptions['filters']): Promise<ImageListOptions['filters']> {
  const filters = { ...asked }
  for (const name of ['before', 'since'] as const) if (asked[name] !== undefined) filters[name] = await Promise.all(asked[name].map(async neighbour => await look(host, access, neighbour)))
  return filters
}

async function look (host: Host, access: Access, reference: string): Promise<string> {
  const { object, id } = await imageTarget(host, reference, visibilityOf(access, host.name))
  if (!access.knows(imageResource(host.name, object as Docker.ImageInspectInfo))) throw noSuch('image', reference)
  return id
}

/** The engine's own order changes from call to call where images are of the same second. */
const newestFirst = <T extends { Created: number, Id: string }>(images: T[]): T[] =>
  images.sort((one, other) => other.Created - one.Created || one.Id.localeCompare(other.Id))
