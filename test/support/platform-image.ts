import { createHash } from 'node:crypto'
import { tar } from '../../scripts/lib/tar.mjs'

interface Blob { readonly mediaType: string, readonly digest: string, readonly size: number, readonly data: Buffer }

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar'

/** An image of several platforms as an archive for `image.load`: an OCI layout, with a layer of its own for each. */
export function platformImage (reference: string, platforms: readonly string[]): Buffer {
  const images = platforms.map(platform => onePlatform(platform))
  const manifests = images.map(({ manifest, platform }) => ({ ...descriptor(manifest), platform }))
  const index = json(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests })
  const top = { schemaVersion: 2, manifests: [{ ...descriptor(index), annotations: { 'io.containerd.image.name': `docker.io/library/${reference}`, 'org.opencontainers.image.ref.name': reference.split(':')[1] } }] }
  const blobs = [index, ...images.flatMap(({ blobs }) => blobs)]
  return tar([
    { path: 'oci-layout', data: JSON.stringify({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', data: JSON.stringify(top) },
    ...blobs.map(({ digest, data }) => ({ path: `blobs/sha256/${digest.replace('sha256:', '')}`, data }))
  ])
}

function onePlatform (text: string) {
  const [os, architecture, variant] = text.split('/')
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) }
  const layer = blob(LAYER, tar([{ path: 'platform', data: text.repeat(100) }]))
  const config = json(CONFIG, { ...platform, created: '2026-02-03T04:05:06+02:00', config: { Labels: { platform: text } }, rootfs: { type: 'layers', diff_ids: [layer.digest] }, history: [{ created_by: `made for ${text}` }] })
  const manifest = json(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config: descriptor(config), layers: [descriptor(layer)] })
  return { platform, manifest, blobs: [manifest, config, layer] }
}

const descriptor = ({ mediaType, digest, size }: Blob) => ({ mediaType, digest, size })
const json = (mediaType: string, value: object): Blob => blob(mediaType, Buffer.from(JSON.stringify(value)))
const blob = (mediaType: string, data: Buffer): Blob => ({ mediaType, digest: `sha256:${createHash('sha256').update(data).digest('hex')}`, size: data.length, data })
