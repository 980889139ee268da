import type { OwnershipLabels } from '../../authorization/authorization-spec.js'
import { invalidField, invalidInput, pointerTo } from '../../lib/errors.js'
import type { ContainerSpec } from '../containers/container-spec.js'
import { RESERVED_LABELS, isReserved, type ResourceKind } from '../../model/resource.js'

type Labels = Readonly<Record<string, string>>

interface Labelled { readonly labels?: Labels, readonly name?: string, readonly image?: string }

/**
 * What is made takes its labels as an input.
 * @throws `invalid-input` where the caller writes what the gateway would believe later
 */
export const ownershipLabels = (kind: ResourceKind): OwnershipLabels<Labelled> => ({
  kind,
  resource: ({ name, image }) => ({ name, image }),
  labels: ({ labels = {} }) => {
    refuseReserved(labels, '/labels')
    return labels
  },
  withLabels: ({ labels = {} }, withOwnership) => ({ labels: withOwnership(labels) })
})

function refuseReserved (labels: Labels, pointer: string): void {
  const own = Object.keys(labels).filter(isReserved)
  if (own.length === 0) return
  throw invalidInput(`labels that begin with ${RESERVED_LABELS} are the gateway's own: leave out ${own.join(', ')}`, own.map(label => ({ path: pointer + pointerTo(label), message: `may not begin with ${RESERVED_LABELS}` })))
}

/** One that takes its configuration from another takes its labels as well, and engines refuse any beside them: the other is looked at. */
export const networkOwnershipLabels: OwnershipLabels<Labelled & { readonly configFrom?: string }> = {
  ...ownershipLabels('network'),
  withLabels: ({ configFrom, labels = {} }, withOwnership) => configFrom === undefined ? { labels: withOwnership(labels) } : {}
}

/** Volumes that a container's mounts make get labels as well. */
export const containerOwnershipLabels: OwnershipLabels<Labelled & Pick<ContainerSpec, 'mounts'>> = {
  ...ownershipLabels('container'),
  labels: ({ labels = {}, mounts = [] }) => {
    refuseReserved(labels, '/labels')
    for (const [at, { volumeOptions }] of mounts.entries()) refuseReserved(volumeOptions?.labels ?? {}, `/mounts/${at}/volumeOptions/labels`)
    return labels
  },
  withLabels: ({ labels = {}, mounts }, withOwnership) => ({
    labels: withOwnership(labels),
    ...mounts === undefined ? {} : { mounts: mounts.map(mount => mount.type === 'volume' ? { ...mount, volumeOptions: { ...mount.volumeOptions, labels: withOwnership(mount.volumeOptions?.labels ?? {}) } } : mount) }
  })
}

/** Names of images are looked at by themselves. */
export const imageOwnershipLabels: OwnershipLabels<Labelled> = { ...ownershipLabels('image'), resource: () => ({}) }

interface Changed { readonly changes?: readonly string[] }

const RESERVED = new RegExp(RESERVED_LABELS.replaceAll('.', '\\.'), 'i')

/** An image whose labels are instructions. What they say beside the gateway's own is not read: its own come last and win. */
export const importOwnershipLabels: OwnershipLabels<Changed> = {
  kind: 'image',
  resource: () => ({}),
  labels: ({ changes = [] }) => {
    if (changes.some(change => RESERVED.test(change))) throw invalidField('changes', `labels under ${RESERVED_LABELS} are the gateway's own to write`)
    return {}
  },
  withLabels: ({ changes = [] }, withOwnership) => ({ changes: [...changes, ...Object.entries(withOwnership({})).map(instruction)] })
}

/** In the quotes of a Dockerfile, where `\`, `"` and `$` mean something. */
const instruction = ([key, value]: [string, string]): string => `LABEL ${quoted(key)}=${quoted(value)}`
const quoted = (text: string): string => `"${text.replaceAll(/["\\$]/g, '\\$&')}"`
