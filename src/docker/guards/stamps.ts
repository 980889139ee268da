import { invalidField } from '../../errors.js'
import type { ContainerSpec } from '../container-spec.js'
import { RESERVED_LABELS, isReserved, type Stamps, type ThingKind } from '../../operation/things.js'

type Labels = Readonly<Record<string, string>>

interface Labelled { readonly labels?: Labels, readonly name?: string, readonly image?: string }

/** What is made takes its labels as an input. Reserved ones are left out in silence: tools send back what they have read. */
export const labelled = (kind: ThingKind): Stamps<Labelled> => ({
  kind,
  thing: ({ name, image }) => ({ name, image }),
  labels: ({ labels = {} }) => labels,
  stamped: (_input, labels) => ({ labels })
})

/** One that takes its configuration from another takes its labels as well, and engines refuse any beside them: the other is looked at. */
export const labelledNetwork: Stamps<Labelled & { readonly configFrom?: string }> = {
  ...labelled('network'),
  stamped: ({ configFrom }, labels) => configFrom === undefined ? { labels } : {}
}

/** Volumes that a container's mounts make get labels as well, and none that are reserved. */
export const labelledContainer: Stamps<Labelled & Pick<ContainerSpec, 'mounts'>> = {
  ...labelled('container'),
  stamped: ({ mounts }, labels) => ({ labels, ...(mounts === undefined ? {} : { mounts: mounts.map(withoutReserved) }) })
}

function withoutReserved (mount: NonNullable<ContainerSpec['mounts']>[number]) {
  const { volumeOptions } = mount
  if (volumeOptions?.labels === undefined) return mount
  const own = Object.entries(volumeOptions.labels).filter(([key]) => !isReserved(key))
  return { ...mount, volumeOptions: { ...volumeOptions, labels: Object.fromEntries(own) } }
}

/** As {@link labelled}, where a builder that wrote reserved labels into an image would be believed by whoever runs it. */
export const labelledImage: Stamps<Labelled> = {
  ...labelled('image'),
  labels: ({ labels = {} }) => {
    const reserved = Object.keys(labels).find(isReserved)
    if (reserved !== undefined) throw invalidField('labels', `${reserved} is the gateway's own to write`)
    return labels
  }
}

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
  stamped: ({ changes = [] }, labels) => ({ changes: [...changes, ...Object.entries(labels).map(instruction)] })
}

/** In the quotes of a Dockerfile, where `\`, `"` and `$` mean something. */
const instruction = ([key, value]: [string, string]): string => `LABEL ${quoted(key)}=${quoted(value)}`
const quoted = (text: string): string => `"${text.replaceAll(/["\\$]/g, '\\$&')}"`
