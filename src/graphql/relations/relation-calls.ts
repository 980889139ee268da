import type { Relation, Row } from './relation.js'

/** A relation that is the call of an operation, with its whole answer. */
export interface CallRelation extends Relation {
  /** A call for each row, and not one for all that ask the same. */
  readonly perRow?: boolean
  /** The inputs that the row has already; the others are arguments of the field. */
  readonly given: (row: Row) => Row
}

const container = ({ host, id }: Row) => ({ host, id })
const image = ({ host, id }: Row) => ({ host, image: id })
const named = ({ name }: Row) => ({ host: name })

const ofContainers = (field: string, description: string, operation: string): CallRelation =>
  ({ on: ['Container'], field, description, operation, perRow: true, given: container })

const ofHosts = (field: string, description: string, operation: string): CallRelation =>
  ({ on: ['Host'], field, description: `${description}: one call for the whole host`, operation, given: named })

export const CALLS: readonly CallRelation[] = [
  ofContainers('top', 'The processes of the container, which has to run', 'container.top'),
  ofContainers('changes', 'What has changed in its file system since it was created', 'container.diff'),
  {
    on: ['Image'],
    field: 'history',
    description: 'How the image was made, step by step',
    operation: 'image.history',
    perRow: true,
    given: image
  },
  ofHosts('containers', 'The containers on this host, like `containers`', 'container.list'),
  ofHosts('images', 'The images on this host, like `images`', 'image.list'),
  ofHosts('networks', 'The networks on this host, like `networks`', 'network.list'),
  ofHosts('volumes', 'The volumes on this host, like `volumes`', 'volume.list'),
  ofHosts('diskUsage', 'What takes room on the host\'s disk', 'host.diskUsage'),
  ofHosts('info', 'What the host is made of and what it holds', 'host.info'),
  {
    on: ['Container', 'Image', 'Network', 'Volume'],
    field: 'hostSummary',
    description: 'The host it is on: one call for all rows of that host',
    operation: 'host.inspect',
    given: ({ host }) => ({ host })
  }
]
