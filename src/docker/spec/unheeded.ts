import { invalidInput, pointerTo, type Fault } from '../../lib/errors.js'
import type { ContainerSpec } from '../containers/container-spec.js'
import { differs } from '../../engine/kinds/differences.js'
import type { Engine } from '../../engine/kinds/engine.js'
import { isAtLeast } from '../../engine/connection/api-version.js'
import type { NewNetwork } from './network.js'
import type { UpdateSpec } from './update.js'

type Given = readonly [path: string, isGiven: boolean]

const UNHEEDED = 'would be taken and not done: Podman does not heed it'
const ITS_OWN = 'would give the container the value of the engine\'s own environment: Podman reads a name without a value so'

const isGiven = (value: unknown): boolean => value !== undefined && value !== '' && value !== 0 && value !== false

/** What Podman takes for Docker's sake, and does nothing about. */
function unheeded (spec: Omit<ContainerSpec, 'image'>): Given[] {
  const { healthcheck, mounts = [], networks = {} } = spec
  return [
    ['/domainname', isGiven(spec.domainname)],
    ['/networkDisabled', spec.networkDisabled === true],
    ['/memorySwapBytes', spec.memorySwapBytes === -1],
    ['/blkioWeight', isGiven(spec.blkioWeight)],
    ['/blkioWeightDevice', (spec.blkioWeightDevice ?? []).length > 0],
    ['/deviceRequests', (spec.deviceRequests ?? []).some(({ driver }) => driver !== 'cdi')],
    ['/runtime', isGiven(spec.runtime)],
    ['/isolation', isGiven(spec.isolation) && spec.isolation !== 'default'],
    ['/volumeDriver', isGiven(spec.volumeDriver) && spec.volumeDriver !== 'local'],
    ['/maskedPaths', spec.maskedPaths !== undefined],
    ['/readonlyPaths', spec.readonlyPaths !== undefined],
    ['/healthcheck/startIntervalSeconds', isGiven(healthcheck?.startIntervalSeconds)],
    ...mounts.map(({ volumeOptions }, index): Given => [`/mounts/${index}/volumeOptions/driver`, volumeOptions?.driver !== undefined]),
    ...Object.entries(networks).map(([name, { linkLocalIps = [] }]): Given => [pointerTo('networks', name, 'linkLocalIps'), linkLocalIps.length > 0])
  ]
}

/** @throws `invalid-input` for what this engine would do in appearance only */
export function refuseUnheeded (spec: Omit<ContainerSpec, 'image'>, engine: Engine): void {
  if (!differs(engine, 'unheededFields')) return
  const faults = unheeded(spec).flatMap(([path, given]): Fault[] => given ? [{ path, message: UNHEEDED }] : [])
  const ownEnvironment = Object.entries(spec.env ?? {}).flatMap(([name, value]): Fault[] => value === null ? [{ path: pointerTo('env', name), message: ITS_OWN }] : [])
  refuse([...faults, ...ownEnvironment])
}

/** @throws `invalid-input` as {@link refuseUnheeded}, of an update */
export function refuseUnheededUpdate ({ memorySwapBytes, kernelMemoryBytes }: UpdateSpec, engine: Engine): void {
  if (!differs(engine, 'unheededFields')) return
  const given: Given[] = [['/memorySwapBytes', memorySwapBytes === -1], ['/kernelMemoryBytes', kernelMemoryBytes !== undefined && isAtLeast(engine.api, '1.42')]]
  refuse(given.flatMap(([path, isGiven]): Fault[] => isGiven ? [{ path, message: UNHEEDED }] : []))
}

/** @throws `invalid-input` as {@link refuseUnheeded}, of a network */
export function refuseUnheededNetwork ({ configOnly, configFrom, ingress, scope, ipam }: NewNetwork, engine: Engine): void {
  if (!differs(engine, 'unheededFields')) return
  const given: Given[] = [
    ['/configOnly', configOnly === true],
    ['/configFrom', configFrom !== undefined],
    ['/ingress', ingress === true],
    ['/scope', scope !== undefined && scope !== 'local'],
    ...(ipam?.pools ?? []).map(({ auxAddresses = {} }, index): Given => [`/ipam/pools/${index}/auxAddresses`, Object.keys(auxAddresses).length > 0])
  ]
  refuse(given.flatMap(([path, isGiven]): Fault[] => isGiven ? [{ path, message: UNHEEDED }] : []))
}

function refuse (faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
}
