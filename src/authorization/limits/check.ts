import { isIP } from 'node:net'
import { posix } from 'node:path'
import { invalidInput, type Fault } from '../../lib/errors.js'
import { isImagePattern } from '../patterns.js'
import { isCapability } from './capabilities.js'
import type { Limits } from './schema.js'
import { blockOf } from './subnets.js'

interface Given { readonly limits?: Limits, readonly force?: boolean }

/** @throws `invalid-input` for limits that say nothing, or more than whoever wrote them may have meant */
export function checkLimits ({ limits, force = false }: Given): void {
  if (limits === undefined) return
  const faults = [...rootFaults(limits, force), ...nameFaults(limits), ...portFaults(limits), ...amountFaults(limits)]
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
}

function rootFaults ({ bindRoots = [] }: Limits, force: boolean): Fault[] {
  return bindRoots.flatMap(({ path }, at): Fault[] => {
    const fault = (message: string): Fault[] => [{ path: `/limits/bindRoots/${at}/path`, message }]
    const clean = posix.normalize(path).replace(/(.)\/$/, '$1')
    if (!path.startsWith('/') || path.includes('\0')) return fault('must be an absolute path such as "/srv/data"')
    if (clean !== path) return fault(`is written in a roundabout way: write ${clean}`)
    const nested = nestedFault(bindRoots, at)
    if (nested !== undefined) return fault(nested)
    if (path === '/' && !force) return fault('is the whole host: whoever has it is root there. Send "force": true if that is meant')
    return []
  })
}

/** Whoever writes below a root leaves links there, and engines follow them on the host when something below it is mounted. */
function nestedFault (roots: NonNullable<Limits['bindRoots']>, at: number): string | undefined {
  const { path, readOnly = false } = roots[at] as typeof roots[number]
  const outer = roots.find((root, other) => other !== at && isNested(path, root.path) && !(readOnly && root.readOnly === true))
  if (outer === undefined) return undefined
  if (outer.path === path) return roots.indexOf(outer) < at ? `is ${path}, which stands there already: say once whether it may be written in` : undefined
  if (outer.readOnly !== true) return `is below ${outer.path}, in which may be written, so that it could become a link to anywhere: leave one of them out, or let ${outer.path} be read-only`
  return `may be written in and is below ${outer.path}, of which every part may be mounted: a link that is left here would lead anywhere. Leave one of them out, let this one be read-only, or use a volume and its \`subpath\``
}

/** The whole host is another matter: whoever has that needs no link. */
const isNested = (path: string, outer: string): boolean => outer !== '/' && (path === outer || path.startsWith(`${outer}/`))

function nameFaults ({ capabilities = [], subnets = [], images = [], registries = [] }: Limits): Fault[] {
  return [
    ...capabilities.flatMap((name, at): Fault[] => isCapability(name) ? [] : [{ path: `/limits/capabilities/${at}`, message: `is ${name}, and there is no such capability` }]),
    ...subnets.flatMap((text, at): Fault[] => text.includes('/') && blockOf(text) !== undefined ? [] : [{ path: `/limits/subnets/${at}`, message: `is ${text}, which is no block of addresses such as 10.5.0.0/16 or 2001:db8::/48` }]),
    ...images.flatMap((pattern, at): Fault[] => isImagePattern(pattern) ? [] : [{ path: `/limits/images/${at}`, message: `is ${pattern}, which no image reference could ever fit` }]),
    ...registries.flatMap((pattern, at): Fault[] => isImagePattern(`${pattern}/x`) ? [] : [{ path: `/limits/registries/${at}`, message: `is ${pattern}, which no registry could ever be called: a name or address, and perhaps a port` }])
  ]
}

function portFaults ({ ports = [] }: Limits): Fault[] {
  return ports.flatMap(({ from, to = from, addresses = [] }, at): Fault[] => [
    ...to < from ? [{ path: `/limits/ports/${at}/to`, message: `is smaller than from: ${from} to ${to} is no range` }] : [],
    ...addresses.flatMap((address, nth): Fault[] => isIP(address) === 0 ? [{ path: `/limits/ports/${at}/addresses/${nth}`, message: `is ${address}, which is no IPv4 or IPv6 address` }] : [])
  ])
}

/** What engines refuse below; in the units of the limits. */
const LEAST = { memoryBytes: 6 * 1024 * 1024, cpus: 0.01, pids: 1 } as const

function amountFaults (limits: Limits): Fault[] {
  return (['memoryBytes', 'cpus', 'pids'] as const).flatMap(name => {
    const { max, default: preset } = limits[name] ?? {}
    const each = Object.entries({ max, default: preset }).flatMap(([field, value]): Fault[] => {
      const path = `/limits/${name}/${field}`
      if (value === undefined) return []
      if (name !== 'cpus' && !Number.isInteger(value)) return [{ path, message: 'must be a whole number' }]
      return value < LEAST[name] ? [{ path, message: `is less than an engine gives: ${LEAST[name]} at least` }] : []
    })
    const over: Fault[] = max !== undefined && preset !== undefined && preset > max ? [{ path: `/limits/${name}/default`, message: `is ${preset}, which is over max: every create that says nothing would be refused` }] : []
    return [...each, ...over]
  })
}
