import type { Filtered } from '../../authorization/authorization-spec.js'
import { OWNER_LABEL, type Thing, type ThingKind } from '../../model/resource.js'
import type { ContainerSummary } from '../containers/models/container.js'
import type { ImageSummary } from '../images/models/image.js'
import type { NetworkSummary } from '../networks/models/network.js'
import type { VolumeSummary } from '../volumes/models/volume.js'

/** What the rows of lists are about, as policy looks at it. */
export const containerRow = ({ host, name, labels, image }: ContainerSummary): Thing => ({ kind: 'container', host, name, labels, owner: labels[OWNER_LABEL], image })

export const imageRow = ({ host, tags, digests, labels }: ImageSummary): Thing => ({ kind: 'image', host, labels, owner: labels[OWNER_LABEL], references: [...tags, ...digests] })

export const networkRow = ({ host, name, labels }: NetworkSummary): Thing => ({ kind: 'network', host, name, labels, owner: labels[OWNER_LABEL] })

export const volumeRow = ({ host, name, labels }: VolumeSummary): Thing => ({ kind: 'volume', host, name, labels, owner: labels[OWNER_LABEL] })

export const rows = <R>(kind: ThingKind, thing: (row: R) => Thing): Filtered => ({ kinds: [kind], thing: thing as (row: never) => Thing })

export const removals = (kind: ThingKind): Filtered => ({ kinds: [kind] })
