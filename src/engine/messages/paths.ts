/**
 * Engines name files of their own in what they say: where they keep images, containers and volumes is nobody's
 * business, and no help. What is inside a container is told by its path there.
 */
const PART = '[^\\s"\'`,;:()=]'
const ID = '(?:[0-9a-f]{64}|[0-9a-z]{25})'
const OWN = '(the engine\'s folder)'

interface Place { readonly at: RegExp, readonly shown: string }

/** A path that goes through such a place, whatever it begins with. */
const place = (pattern: string, shown: string): Place => ({ at: new RegExp(`(?<![\\w.-])/(?:${PART}*/)??${pattern}`, 'g'), shown })

/** A file system of a container's or an image's: of a graph driver, of containerd's snapshots, of a runtime. */
const LAYER = `(?:(?:overlay2|overlay|overlayfs|fuse-overlayfs|vfs/dir|moby|btrfs/subvolumes|zfs/graph)/${ID}(?:-init)?|snapshots/\\d+)(?:/(?:merged|diff|fs|rootfs|work)\\b)?`

const PLACES: readonly Place[] = [
  place(`${LAYER}(?=/)`, ''),
  place(LAYER, '/'),
  place('volumes/([\\w.-]+)/_data', 'volume $1'),
  place('(?:libpod_builder|docker-builder)\\d+(?:/build)?', 'the context'),
  place(`(?:docker-import-|api_load\\.tar|container_images_\\w*?|GetImageBlob|buildah|podman)\\d+${PART}*`, OWN),
  place(`(?:(?:containers|overlay-containers|overlay-images|overlay-layers)/${ID}|netns/|io\\.containerd\\.)${PART}*`, OWN),
  { at: new RegExp(`(?<![\\w.-])/(?:var/)?(?:run|lib)/(?:docker|containerd|containers|libpod|netns)(?:/${PART}*)?(?!${PART})`, 'g'), shown: OWN }
]

/** @param root the engine's data folder, where it is known */
export function withoutEnginePaths (text: string, root?: string): string {
  const known = PLACES.reduce((shown, { at, shown: instead }) => shown.replace(at, instead), text)
  return root === undefined || root.length < 2 ? known : known.replaceAll(root, OWN)
}
