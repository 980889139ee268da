import type { Limits } from '../../../authorization/limits/schema.js'
import { isFields } from '../rows.js'

const EVERYWHERE = new Set(['', '0.0.0.0', '::', '[::]'])

const words = (ports: NonNullable<Limits['ports']>): string => ports.length === 0
  ? 'your grant allows none'
  : `your grant allows ${ports.map(({ from, to = from, addresses }) => `${from}${to === from ? '' : `-${to}`}${addresses === undefined ? '' : ` on ${addresses.join(', ')}`}`).join('; ')}`

/** The bindings of one port inside. */
export function refuseBindings (bindings: unknown, { ports }: Limits): string | undefined {
  if (ports === undefined) return undefined
  if (!Array.isArray(bindings)) return 'must be a list'
  return bindings.map((binding: unknown) => refuseBinding(binding, ports)).find(message => message !== undefined)
}

function refuseBinding (binding: unknown, ports: NonNullable<Limits['ports']>): string | undefined {
  const { HostIp: address = '', HostPort: said = '' } = isFields(binding) ? binding : {}
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(String(said)) ?? []
  if (first === undefined || Number(first) === 0) return `a port that the engine chooses can't be told beforehand: say one; ${words(ports)}`
  const fits = ports.some(({ from, to = from, addresses }) => Number(first) >= from && Number(last) <= to &&
    (addresses === undefined || (!EVERYWHERE.has(String(address)) && addresses.includes(String(address)))))
  return fits ? undefined : `port ${String(said)} of the host${EVERYWHERE.has(String(address)) ? '' : ` on ${String(address)}`} may not be published: ${words(ports)}`
}

/** Ports of the engine's choosing. */
export const refusePublishAll = (all: unknown, { ports }: Limits): string | undefined =>
  all === false || ports === undefined ? undefined : `every port on one that the engine chooses can't be told beforehand: ${words(ports)}`
