import type { Readable } from 'node:stream'
import { conflict } from '../../lib/errors.js'
import { needsApi } from '../../engine/connection/api-version.js'
import type { Host } from '../../engine/host.js'
import { unlessAbsent } from '../../engine/host/refusals.js'
import { platformText } from '../../engine/platform.js'

interface Wanted { readonly images: readonly string[], readonly platform?: string }

/** An archive of several images. @throws `conflict` for one that is not whole on this host; it runs all the same */
export async function saveImages (host: Host, { images, platform }: Wanted, signal: AbortSignal): Promise<Readable> {
  await needsApi(host, { platform }, { platform: '1.48' })
  for (const reference of images) await refuseHollow(host, reference, platform)
  return await host.images.save(images, platform, signal)
}

/**
 * Containerd's store fetches no layer again that it has unpacked, e.g. of an image that was loaded: then the image has neither
 * its layers nor its configuration, and engines save it without.
 */
async function refuseHollow (host: Host, reference: string, platform: string | undefined): Promise<void> {
  const found = await unlessAbsent(host.images.inspect(reference))
  const parts = found?.Manifests?.filter(({ Kind }) => Kind === 'image') ?? []
  const wanted = parts.filter(({ ImageData }) => platform === undefined || platformText(ImageData?.Platform) === platform)
  if (wanted.length === 0 || wanted.some(({ Available }) => Available)) return
  throw conflict(`the image ${reference} is not whole on this host: layers or its configuration were never fetched, since another image had the same. Remove it and that image, and pull it again`)
}
