import { invalidInput, type Fault } from '../../lib/errors.js'
import { isAtLeast } from '../../engine/connection/api-version.js'
import type { ContainerSpec } from '../containers/container-spec.js'

type Spec = Omit<ContainerSpec, 'image'>

interface Newer { readonly path: string, readonly since: string, readonly isGiven: boolean }

/** What an older engine would pass over in silence, and a few that it would not know the name of. */
function newerThings ({ annotations, healthcheck, mounts = [], networks = {} }: Spec): Newer[] {
  return [
    { path: '/annotations', since: '1.43', isGiven: annotations !== undefined },
    { path: '/healthcheck/startIntervalSeconds', since: '1.44', isGiven: (healthcheck?.startIntervalSeconds ?? 0) > 0 },
    ...mounts.flatMap(({ type, bindOptions: bind, volumeOptions: volume, tmpfsOptions: tmpfs, imageOptions: image }, index) => [
      { path: `/mounts/${index}/type`, since: '1.42', isGiven: type === 'cluster' },
      { path: `/mounts/${index}/type`, since: '1.48', isGiven: type === 'image' },
      { path: `/mounts/${index}/bindOptions/createMountpoint`, since: '1.42', isGiven: bind?.createMountpoint === true },
      { path: `/mounts/${index}/bindOptions/readOnlyForceRecursive`, since: '1.44', isGiven: bind?.readOnlyForceRecursive === true },
      { path: `/mounts/${index}/volumeOptions/subpath`, since: '1.45', isGiven: volume?.subpath !== undefined },
      { path: `/mounts/${index}/tmpfsOptions/options`, since: '1.46', isGiven: tmpfs?.options !== undefined },
      { path: `/mounts/${index}/imageOptions/subpath`, since: '1.49', isGiven: image?.subpath !== undefined }
    ]),
    ...Object.entries(networks).map(([name, { gwPriority = 0 }]) => ({ path: `/networks/${name}/gwPriority`, since: '1.48', isGiven: gwPriority !== 0 }))
  ]
}

/** @throws `invalid-input` for what this engine would not do, and would not say so */
export function refuseNewer (spec: Spec, api: string): void {
  const faults = newerThings(spec).filter(({ isGiven, since }) => isGiven && !isAtLeast(api, since)).map(({ path, since }): Fault =>
    ({ path, message: `needs an engine of API ${since} or newer; this one has ${api}` }))
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path} ${message}`).join('; '), faults)
}
