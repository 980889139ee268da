import Type from 'typebox'
import { invalidField } from '../../lib/errors.js'
import type { Port } from '../../engine/models/common.js'

const WORD = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/
const MOST = 65_535

/** Words of a filter by ports. */
export const portWords = (description: string) => Type.Optional(Type.Array(Type.String({
  pattern: WORD.source, 'x-expects': 'a port or a range of them, with or without a protocol, such as "80" or "8000-8010/udp"'
}), { maxItems: 100, description: `${description}, each a port or a range, e.g. \`80\` or \`8000-8010/udp\`; of TCP where no protocol is named. By \`ports\` as the list has them: Docker tells those of running containers alone` }))

interface Wanted { readonly publish?: readonly string[], readonly expose?: readonly string[] }
type HasPorts = { readonly ports: readonly Port[] }

/**
 * Whether a container's ports are wanted; undefined where any are. By a look of our own: Docker takes what fits either of
 * the two filters for wanted, and Podman has one of them alone.
 * @throws `invalid-input` for what is no port
 */
export function portsWanted ({ publish, expose }: Wanted): ((container: HasPorts) => boolean) | undefined {
  if (publish === undefined && expose === undefined) return undefined
  const [published, exposed] = [publish?.map(rangeIn('publish')), expose?.map(rangeIn('expose'))]
  return ({ ports }) => hasOne(published, ports, ({ hostPort }) => hostPort) && hasOne(exposed, ports, ({ containerPort }) => containerPort)
}

interface Range { readonly first: number, readonly last: number, readonly protocol: string }

const rangeIn = (field: string) => (word: string, at: number): Range => {
  const [, from = '', to = from, protocol = 'tcp'] = WORD.exec(word) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (first < 1 || last < first || last > MOST) throw invalidField(`${field}/${at}`, `must be a port from 1 to ${MOST}, or a range of them`)
  return { first, last, protocol }
}

const hasOne = (ranges: readonly Range[] | undefined, ports: readonly Port[], portOf: (port: Port) => number | undefined): boolean =>
  ranges === undefined || ports.some(port => ranges.some(range => isIn(range, portOf(port), port.protocol)))

const isIn = ({ first, last, protocol }: Range, port: number | undefined, spoken: string): boolean =>
  port !== undefined && port >= first && port <= last && protocol === spoken
