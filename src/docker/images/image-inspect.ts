import type Docker from 'dockerode'
import { invalidField } from '../../lib/errors.js'
import { needsApi } from '../../engine/connection/api-version.js'
import type { Host } from '../../engine/host.js'
import type { WithManifests } from '../../engine/objects.js'
import { imageOf, type Image } from './models/image.js'

interface Wanted { readonly manifests?: boolean, readonly platform?: string }

/** An image as the call has found it, or one platform of it. */
export async function inspectImage (host: Host, found: Docker.ImageInspectInfo & WithManifests, { manifests, platform }: Wanted): Promise<Image> {
  if (platform !== undefined && manifests === true) throw invalidField('platform', 'does not go with manifests: those are of all platforms')
  await needsApi(host, { manifests, platform }, { manifests: '1.48', platform: '1.49' })
  if (platform === undefined) return imageOf(host.name, found, { manifests })
  const one = await host.images.inspect(found.Id, platform)
  const part = found.Manifests?.find(({ ID }) => ID === one.Id)
  return imageOf(host.name, one, { sizeBytes: part?.Size.Total })
}
