import type Docker from 'dockerode'
import { Failure, notFound } from '../../lib/errors.js'
import type { Connection } from '../connection/connection.js'
import { nameAndTag } from '../../model/names.js'
import type { WithManifests } from '../objects.js'
import { isForPlatform } from '../platform-match.js'
import { platformText } from '../platform.js'

/** What was asked for, and under which names. */
interface Made { readonly id: string, readonly what: 'build' | 'import', readonly platform: string, readonly names: readonly string[] }

/**
 * Gives an image that was made its names, if it is for the platform that was asked for. Engines would give them before
 * anybody could look, and take them from the images that had them.
 * @throws `unprocessable` where it is for another
 */
export async function nameForPlatform (connection: Connection, { id, what, platform, names }: Made): Promise<void> {
  const other = await otherPlatform(connection, id, platform)
  if (other !== undefined) {
    throw new Failure('unprocessable', `the ${what} was asked for ${platform}, and the engine made an image for ${other}: it is on the host as ${id}, and was given no name`, { errors: [{ path: '/platform', message: `is not what came: ${other}` }] })
  }
  for (const name of names) {
    const [repo, tag] = nameAndTag(name)
    await connection.unary((docker, abortSignal) => docker.getImage(id).tag({ repo, tag, abortSignal }))
  }
}

/** Some engines pull what there is, and warn. @throws `not-found` where that is for another platform */
export async function pulledForPlatform (connection: Connection, reference: string, platform: string): Promise<void> {
  const other = await otherPlatform(connection, reference, platform)
  if (other === undefined) return
  throw notFound(`the registry has ${reference} for ${other}, and not for ${platform}: what it has was pulled, and is on the host under that name`, { errors: [{ path: '/platform', message: `is not what came: ${other}` }] })
}

/** What an image is for instead; undefined where it, or a part of it, is for this platform. */
async function otherPlatform (connection: Connection, reference: string, platform: string): Promise<string | undefined> {
  const image = await connection.json<Docker.ImageInspectInfo & WithManifests & { Variant?: string }>({ method: 'GET', path: `/images/${reference}/json`, query: { manifests: '1' } })
  const own = { os: image.Os, architecture: image.Architecture, variant: image.Variant }
  const parts = (image.Manifests ?? []).flatMap(({ Available, ImageData }) => Available && ImageData !== undefined ? [ImageData.Platform] : [])
  if ([own, ...parts].some(part => isForPlatform(platform, part))) return undefined
  return platformText(own) ?? 'a platform that it does not name'
}
