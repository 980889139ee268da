import type { ResourceReference } from '../../authorization/authorization-spec.js'
import type { ContainerSpec } from '../containers/container-spec.js'
import { objectPattern } from '../../model/names.js'

type Spec = Partial<ContainerSpec>
type References = ReadonlyArray<ResourceReference<Spec>>
type Joining = Pick<Spec, 'networkMode' | 'networks' | 'pidMode' | 'ipcMode' | 'cgroup'>
type JoinedReferences = ReadonlyArray<ResourceReference<Joining>>

/** What every engine has, and whoever may create may stand on. */
const BUILT_IN_NETWORKS = new Set(['default', 'bridge', 'none', 'host'])
/** Whoever shares another container's processes or network could do as much by an exec. */
const INSIDE = 'container.exec'
/** Whoever has another container's volumes could change what is in them by a copy. */
const FILES = 'container.copyIn'

/** What a spec names beside what it is about. */
export const specReferences = {
  inputs: ['image', 'networkMode', 'pidMode', 'ipcMode', 'cgroup', 'networks', 'binds', 'mounts', 'volumesFrom', 'links'],
  of: (spec: Spec): References => [
    ...imageReferences(spec),
    ...joinedReferences(spec),
    ...volumeReferences(spec),
    ...volumesFromReferences(spec),
    ...linkReferences(spec)
  ]
} as const

/** Namespaces and networks that are there already. */
export const joinedReferences = (spec: Joining): JoinedReferences => [...modeReferences(spec), ...networkReferences(spec)]

/** Where the image is not there it would be pulled, and that takes the right to; one that was looked at is not pulled after all. */
function imageReferences ({ image, pull = 'missing' }: Spec): References {
  if (image === undefined) return []
  const reference = { kind: 'image', reference: image, pointer: '/image' } as const
  if (pull === 'never') return [reference]
  if (pull === 'always') return [{ ...reference, otherwise: 'image.pull', anyway: true }]
  return [{ ...reference, otherwise: 'image.pull', pin: () => ({ pull: 'never' }) }]
}

function modeReferences (spec: Joining): JoinedReferences {
  return (['networkMode', 'pidMode', 'ipcMode', 'cgroup'] as const).flatMap(field => {
    const [, other] = /^container:(.+)$/.exec(spec[field] ?? '') ?? []
    return other === undefined ? [] : [{ kind: 'container', reference: other, pointer: `/${field}`, operation: INSIDE, pin: (_input: Joining, id: string) => ({ [field]: `container:${id}` }) }] as const
  })
}

/** By their ids from then on: what is called so after a pull may be another. */
function networkReferences ({ networks = {}, networkMode = 'default' }: Joining): JoinedReferences {
  const names = [...Object.keys(networks).map(name => [name, '/networks'] as const), ...networkMode.startsWith('container:') ? [] : [[networkMode, '/networkMode'] as const]]
  return names.filter(([name]) => !BUILT_IN_NETWORKS.has(name)).map(([reference, pointer]) => ({ kind: 'network', reference, pointer, pin: (input, id) => pinnedNetwork(input, reference, id) }))
}

const pinnedNetwork = ({ networks, networkMode }: Joining, name: string, id: string): Joining => ({
  ...networkMode === name ? { networkMode: id } : {},
  ...networks === undefined || !(name in networks) ? {} : { networks: Object.fromEntries(Object.entries(networks).map(([key, standing]) => [key === name ? id : key, standing])) }
})

const VOLUME = new RegExp(objectPattern)

/** Volumes that a spec says by name, with the field that does. What could be no volume's name, engines refuse. */
export const namedVolumes = ({ binds = [], mounts = [] }: Pick<Spec, 'binds' | 'mounts'>) => [
  ...binds.flatMap(bind => bind.includes(':') && !bind.startsWith('/') ? [{ reference: bind.slice(0, bind.indexOf(':')), field: 'binds' } as const] : []),
  ...mounts.flatMap(({ type, source = '' }) => (type === 'volume' || type === 'cluster') && source !== '' ? [{ reference: source, field: 'mounts' } as const] : [])
].filter(({ reference }) => VOLUME.test(reference))

function volumeReferences (spec: Spec): References {
  const images = (spec.mounts ?? []).flatMap(({ type, source = '' }): References => type === 'image' ? [{ kind: 'image', reference: source, pointer: '/mounts' }] : [])
  return [...namedVolumes(spec).map(({ reference, field }) => ({ kind: 'volume', reference, pointer: `/${field}` } as const)), ...images]
}

function volumesFromReferences ({ volumesFrom = [] }: Spec): References {
  return volumesFrom.map((from, at) => {
    const [other = '', ...mode] = from.split(':')
    return { kind: 'container', reference: other, pointer: '/volumesFrom', operation: FILES, pin: ({ volumesFrom }: Spec, id: string) => ({ volumesFrom: volumesFrom?.with(at, [id, ...mode].join(':')) }) }
  })
}

/** A link tells the other's environment as well. */
function linkReferences ({ links = [], networks = {} }: Spec): References {
  const own = links.map((link, at): ResourceReference<Spec> => ({ ...linkReference(link), pointer: '/links', pin: ({ links }, id) => ({ links: links?.with(at, pinned(link, id)) }) }))
  return [...own, ...Object.values(networks).flatMap(({ links = [] }) => links.map(link => ({ ...linkReference(link), pointer: '/networks' })))]
}

export const linkReference = (link: string) => ({ kind: 'container', reference: link.split(':')[0] ?? '', operation: INSIDE }) as const

/** A link without a name of its own has the other's. */
function pinned (link: string, id: string): string {
  const [other = '', alias = other] = link.split(':')
  return `${id}:${alias}`
}
