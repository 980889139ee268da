import type { RowFilter } from '../../authorization/authorization-spec.js'
import { OWNER_LABEL, type Resource, type ResourceKind } from '../../model/resource.js'
import type { ContainerSummary } from '../containers/models/container.js'
import type { ImageSummary } from '../images/models/image.js'
import type { NetworkSummary } from '../networks/models/network.js'
import type { VolumeSummary } from '../volumes/models/volume.js'

/** What the rows of lists are about, as policy looks at it. */
export const containerRow = ({ host, name, labels, image }: ContainerSummary): Resource => ({ kind: 'container', host, name, labels, owner: labels[OWNER_LABEL], image })

export const imageRow = ({ host, tags, digests, labels }: ImageSummary): Resource => ({ kind: 'image', host, labels, owner: labels[OWNER_LABEL], references: [...tags, ...digests] })

export const networkRow = ({ host, name, labels }: NetworkSummary): Resource => ({ kind: 'network', host, name, labels, owner: labels[OWNER_LABEL] })

export const volumeRow = ({ host, name, labels }: VolumeSummary): Resource => ({ kind: 'volume', host, name, labels, owner: labels[OWNER_LABEL] })

export const rows = <R>(kind: ResourceKind, resource: (row: R) => Resource): RowFilter => ({ kinds: [kind], resource: resource as (row: never) => Resource })

export const removals = (kind: ResourceKind): RowFilter => ({ kinds: [kind] })
