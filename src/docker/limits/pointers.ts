import type { LimitViolation } from '../../authorization/authorization-spec.js'
import { CONFIG, HOST_CONFIG } from '../containers/container-body.js'
import { BuildOptions } from '../images/build-options.js'
import { RESOURCE_NAMES } from '../spec/resources.js'
import { pointerTo } from '../../lib/errors.js'
import type { Row, Violation } from './rows.js'

/** Where a field of the engine's stands in the input, as steps of a JSON Pointer. */
type Place = (at: readonly string[]) => readonly string[]

const inverted = (names: Readonly<Record<string, string | undefined>>) => Object.fromEntries(Object.entries(names).map(([field, name]) => [name, field]))

/** Fields whose names in the input are not the engine's in another case. */
const RENAMED = new Map<string, string>(Object.entries({ ...inverted(CONFIG), ...inverted(HOST_CONFIG), ...inverted(RESOURCE_NAMES), NanoCpus: 'cpus', PortBindings: 'ports', ExposedPorts: 'expose', IPAM: 'ipam', EnableIPv4: 'enableIpv4', EnableIPv6: 'enableIpv6' }))

/** Maps of names that callers choose: these stay as they are. */
const MAPS = new Set(['Config', 'Options', 'DriverOpts', 'Sysctls', 'StorageOpt', 'Annotations', 'Tmpfs', 'Labels', 'AuxiliaryAddresses'])

const camel = (name: string, at = 0, all: readonly string[] = []): string =>
  MAPS.has(all[at - 1] ?? '') && !/^\d+$/.test(name) ? name : RENAMED.get(name) ?? name.charAt(0).toLowerCase() + name.slice(1)

/** Of a create and an update. */
export const inContainer: Place = ([first = '', ...rest]) => {
  if (first === 'HostConfig' || first === 'Config') return inContainer(rest)
  if (first === 'NetworkingConfig') return ['networks', ...rest.slice(1, 2), ...rest.slice(2).map(camel)]
  // One port may come to several bindings, and the other way round.
  return first === 'PortBindings' ? ['ports'] : [first, ...rest].map(camel)
}

/** Of what has the engine's names in another case. */
export const inCamelCase: Place = at => at.map(camel)

export const inVolume: Place = at => at.map(name => name === 'DriverOpts' ? 'options' : camel(name))

export const inConnect: Place = at => at.slice(1).map(camel)

const BUILD_NAMES = new Map<string | undefined, string>([
  ['memory', 'memoryBytes'], ['memswap', 'memorySwapBytes'], ['shmsize', 'shmSizeBytes'], ['t', 'tags'], ['q', 'quiet'], ['rm', 'remove'], ['forcerm', 'forceRemove'], ['version', 'builder'],
  ...Object.keys(BuildOptions).map((name): [string, string] => [name.toLowerCase(), name])])

export const inBuild: Place = at => at.map(name => BUILD_NAMES.get(name) ?? name)

const COMMIT_NAMES = new Map([['container', 'id'], ['repo', 'reference'], ['tag', 'reference'], ['comment', 'message']])

export const inCommit: Place = ([first = '', ...rest]) => [COMMIT_NAMES.get(first) ?? first, ...rest]

export const asItIs: Place = at => at

/** The inputs for which a table has rows. */
export function inputsIn (row: Row, place: Place, at: readonly string[] = []): readonly string[] {
  const inner = row.kind === 'each' ? [['0', row.row] as const] : row.kind === 'parts' ? Object.entries(row.rows) : []
  const [own = ''] = place(at)
  return [...new Set([...own === '' ? [] : [own], ...inner.flatMap(([name, part]) => inputsIn(part, place, [...at, name]))])]
}

/** A violation as callers and the audit log are told of it. */
export const violationAt = (place: Place) => ({ limit, at, message }: Violation): LimitViolation => ({ rule: `limit:${limit}`, path: pointerTo(...place(at)), message })
