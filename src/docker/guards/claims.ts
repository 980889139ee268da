import type { Claim } from '../../operation/things.js'
import type { ContainerSpec } from '../container-spec.js'

type Spec = Partial<ContainerSpec>
type Claims = ReadonlyArray<Claim<Spec>>
type Joining = Pick<Spec, 'networkMode' | 'networks' | 'pidMode' | 'ipcMode' | 'cgroup'>
type JoiningClaims = ReadonlyArray<Claim<Joining>>

/** What every engine has, and whoever may create may stand on. */
const BUILT_IN_NETWORKS = new Set(['default', 'bridge', 'none', 'host'])
/** Whoever shares another container's processes or network could do as much by an exec. */
const INSIDE = 'container.exec'
/** Whoever has another container's volumes could change what is in them by a copy. */
const FILES = 'container.copyIn'

/** What a spec names beside what it is about. */
export const specClaims = (spec: Spec): Claims => [
  ...imageClaims(spec),
  ...joiningClaims(spec),
  ...volumeClaims(spec),
  ...fromClaims(spec),
  ...linkClaims(spec)
]

/** Namespaces and networks that are there already. */
export const joiningClaims = (spec: Joining): JoiningClaims => [...modeClaims(spec), ...networkClaims(spec)]

/** Where the image is not there it would be pulled, and that takes the right to; one that was looked at is not pulled after all. */
function imageClaims ({ image, pull = 'missing' }: Spec): Claims {
  if (image === undefined) return []
  const claim = { kind: 'image', reference: image, pointer: '/image' } as const
  if (pull === 'never') return [claim]
  if (pull === 'always') return [{ ...claim, otherwise: 'image.pull', anyway: true }]
  return [{ ...claim, otherwise: 'image.pull', pin: () => ({ pull: 'never' }) }]
}

function modeClaims (spec: Joining): JoiningClaims {
  return (['networkMode', 'pidMode', 'ipcMode', 'cgroup'] as const).flatMap(field => {
    const [, other] = /^container:(.+)$/.exec(spec[field] ?? '') ?? []
    return other === undefined ? [] : [{ kind: 'container', reference: other, pointer: `/${field}`, operation: INSIDE, pin: (_input: Joining, id: string) => ({ [field]: `container:${id}` }) }] as const
  })
}

function networkClaims ({ networks = {}, networkMode = 'default' }: Joining): JoiningClaims {
  const named = [...Object.keys(networks).map(name => [name, '/networks'] as const), ...networkMode.startsWith('container:') ? [] : [[networkMode, '/networkMode'] as const]]
  return named.filter(([name]) => !BUILT_IN_NETWORKS.has(name)).map(([reference, pointer]) => ({ kind: 'network', reference, pointer }))
}

function volumeClaims ({ binds = [], mounts = [] }: Spec): Claims {
  const named = [
    ...binds.flatMap(bind => bind.includes(':') && !bind.startsWith('/') ? [[bind.slice(0, bind.indexOf(':')), '/binds'] as const] : []),
    ...mounts.flatMap(({ type, source = '' }) => (type === 'volume' || type === 'cluster') && source !== '' ? [[source, '/mounts'] as const] : [])
  ]
  const images = mounts.flatMap(({ type, source = '' }): Claims => type === 'image' ? [{ kind: 'image', reference: source, pointer: '/mounts' }] : [])
  return [...named.map(([reference, pointer]) => ({ kind: 'volume', reference, pointer } as const)), ...images]
}

function fromClaims ({ volumesFrom = [] }: Spec): Claims {
  return volumesFrom.map((from, at) => {
    const [other = '', ...mode] = from.split(':')
    return { kind: 'container', reference: other, pointer: '/volumesFrom', operation: FILES, pin: ({ volumesFrom }: Spec, id: string) => ({ volumesFrom: volumesFrom?.with(at, [id, ...mode].join(':')) }) }
  })
}

/** A link tells the other's environment as well. */
function linkClaims ({ links = [], networks = {} }: Spec): Claims {
  const own = links.map((link, at): Claim<Spec> => ({ ...linked(link), pointer: '/links', pin: ({ links }, id) => ({ links: links?.with(at, pinned(link, id)) }) }))
  return [...own, ...Object.values(networks).flatMap(({ links = [] }) => links.map(link => ({ ...linked(link), pointer: '/networks' })))]
}

export const linked = (link: string) => ({ kind: 'container', reference: link.split(':')[0] ?? '', operation: INSIDE }) as const

/** A link without a name of its own has the other's. */
function pinned (link: string, id: string): string {
  const [other = '', alias = other] = link.split(':')
  return `${id}:${alias}`
}
