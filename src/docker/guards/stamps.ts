import type { Stamps } from '../../authorization/authorization-spec.js'
import { invalidField, invalidInput, pointerTo } from '../../lib/errors.js'
import type { ContainerSpec } from '../containers/container-spec.js'
import { RESERVED_LABELS, isReserved, type ThingKind } from '../../model/resource.js'

type Labels = Readonly<Record<string, string>>

interface Labelled { readonly labels?: Labels, readonly name?: string, readonly image?: string }

/**
 * What is made takes its labels as an input.
 * @throws `invalid-input` where the caller writes what the gateway would believe later
 */
export const labelled = (kind: ThingKind): Stamps<Labelled> => ({
  kind,
  thing: ({ name, image }) => ({ name, image }),
  labels: ({ labels = {} }) => {
    refuseReserved(labels, '/labels')
    return labels
  },
  stamped: ({ labels = {} }, stamp) => ({ labels: stamp(labels) })
})

function refuseReserved (labels: Labels, pointer: string): void {
  const own = Object.keys(labels).filter(isReserved)
  if (own.length === 0) return
  throw invalidInput(`labels that begin with ${RESERVED_LABELS} are the gateway's own: leave out ${own.join(', ')}`, own.map(label => ({ path: pointer + pointerTo(label), message: `may not begin with ${RESERVED_LABELS}` })))
}

/** One that takes its configuration from another takes its labels as well, and engines refuse any beside them: the other is looked at. */
export const labelledNetwork: Stamps<Labelled & { readonly configFrom?: string }> = {
  ...labelled('network'),
  stamped: ({ configFrom, labels = {} }, stamp) => configFrom === undefined ? { labels: stamp(labels) } : {}
}

/** Volumes that a container's mounts make get labels as well. */
export const labelledContainer: Stamps<Labelled & Pick<ContainerSpec, 'mounts'>> = {
  ...labelled('container'),
  labels: ({ labels = {}, mounts = [] }) => {
    refuseReserved(labels, '/labels')
    for (const [at, { volumeOptions }] of mounts.entries()) refuseReserved(volumeOptions?.labels ?? {}, `/mounts/${at}/volumeOptions/labels`)
    return labels
  },
  stamped: ({ labels = {}, mounts }, stamp) => ({
    labels: stamp(labels),
    ...mounts === undefined ? {} : { mounts: mounts.map(mount => mount.type === 'volume' ? { ...mount, volumeOptions: { ...mount.volumeOptions, labels: stamp(mount.volumeOptions?.labels ?? {}) } } : mount) }
  })
}

/** Names of images are looked at by themselves. */
export const labelledImage: Stamps<Labelled> = { ...labelled('image'), thing: () => ({}) }

interface Changed { readonly changes?: readonly string[] }

const RESERVED = new RegExp(RESERVED_LABELS.replaceAll('.', '\\.'), 'i')

/** An image whose labels are instructions. What they say beside the gateway's own is not read: its own come last and win. */
export const labelledByChanges: Stamps<Changed> = {
  kind: 'image',
  thing: () => ({}),
  labels: ({ changes = [] }) => {
    if (changes.some(change => RESERVED.test(change))) throw invalidField('changes', `labels under ${RESERVED_LABELS} are the gateway's own to write`)
    return {}
  },
  stamped: ({ changes = [] }, stamp) => ({ changes: [...changes, ...Object.entries(stamp({})).map(instruction)] })
}

/** In the quotes of a Dockerfile, where `\`, `"` and `$` mean something. */
const instruction = ([key, value]: [string, string]): string => `LABEL ${quoted(key)}=${quoted(value)}`
const quoted = (text: string): string => `"${text.replaceAll(/["\\$]/g, '\\$&')}"`
