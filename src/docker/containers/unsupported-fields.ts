import type { Engine } from '../../engine/kinds/engine.js'
import { pointerTo, type Fault } from '../../lib/errors.js'
import { refuseUnsupported, type GivenField } from '../spec/unsupported.js'
import type { ContainerSpec } from './container-spec.js'

type Spec = Omit<ContainerSpec, 'image'>

const ITS_OWN = 'would give the container the value of the engine\'s own environment: Podman reads a name without a value so'

/** @throws `invalid-input` for what this engine would do in appearance only, or otherwise than it is asked */
export function refuseUnsupportedFields (spec: Spec, engine: Engine): void {
  refuseUnsupported(engine, () => unsupportedFields(spec), () => ownEnvironment(spec))
}

const ownEnvironment = ({ env = {} }: Spec): Fault[] =>
  Object.entries(env).filter(([, value]) => value === null).map(([name]) => ({ path: pointerTo('env', name), message: ITS_OWN }))

const isGiven = (value: unknown): boolean => value !== undefined && value !== '' && value !== 0 && value !== false

/** What Podman takes for Docker's sake, and does nothing about. */
function unsupportedFields (spec: Spec): GivenField[] {
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
    ...mounts.map(({ volumeOptions }, index): GivenField => [`/mounts/${index}/volumeOptions/driver`, volumeOptions?.driver !== undefined]),
    ...Object.entries(networks).map(([name, { linkLocalIps = [] }]): GivenField => [pointerTo('networks', name, 'linkLocalIps'), linkLocalIps.length > 0])
  ]
}
