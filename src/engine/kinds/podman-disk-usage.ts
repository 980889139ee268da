import type Docker from 'dockerode'
import type { EngineDiskUsage } from '../objects.js'

const withAlgorithm = (id: string): string => id.startsWith('sha256:') ? id : `sha256:${id}`

/** Podman's account has a row for each tag of an image, under a bare id and without its repository: the list of images knows better. */
export function podmanDiskUsage (usage: EngineDiskUsage, images: readonly Docker.ImageInfo[]): EngineDiskUsage {
  const counted = new Map((usage.Images ?? []).map(image => [withAlgorithm(image.Id), image]))
  return {
    ...usage,
    Images: images.map(image => {
      const { SharedSize = image.SharedSize, Containers = image.Containers } = counted.get(image.Id) ?? {}
      return { ...image, SharedSize, Containers }
    }),
    Volumes: (usage.Volumes ?? []).map(volume => ({ ...volume, Driver: volume.Driver === '' ? 'local' : volume.Driver }))
  }
}
