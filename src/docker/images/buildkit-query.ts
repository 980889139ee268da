import { invalidField, invalidInput, type Fault } from '../../lib/errors.js'
import { needsApi } from '../../engine/connection/api-version.js'
import { described, type BuildOptions } from './build-options.js'
import type { Query } from '../../engine/connection/connection.js'
import type { Host } from '../../engine/host.js'

type BuildKitOptions = Omit<BuildOptions, 'quiet' | 'builder'>

/** What engines take of a build by BuildKit, and then pass over. */
const UNHEEDED = [
  'memoryBytes', 'memorySwapBytes', 'cpuShares', 'cpusetCpus', 'cpusetMems', 'cpuPeriod', 'cpuQuota', 'cgroupParent', 'isolation', 'securityOpt', 'squash', 'remove', 'forceRemove', 'registryAuth'
] as const satisfies ReadonlyArray<keyof BuildOptions>

/** Networks that BuildKit knows for `RUN`. */
const NETWORKS: ReadonlyArray<string | undefined> = [undefined, '', 'default', 'none', 'host']

/**
 * A build by BuildKit as the engine takes it, all in the query.
 * @throws `invalid-input` for what BuildKit would not heed
 */
export function buildKitQuery (options: BuildKitOptions): Query {
  const faults: Fault[] = UNHEEDED.filter(field => options[field] !== undefined).map(field => ({ path: `/${field}`, message: 'goes with the builder "classic": engines would not heed it with BuildKit' }))
  if (!NETWORKS.includes(options.networkMode)) faults.push({ path: '/networkMode', message: 'must be "default", "none" or "host" with BuildKit, which knows no other network' })
  if (faults.length > 0) throw invalidInput(faults.map(({ path, message }) => `${path.slice(1)} ${message}`).join('; '), faults)
  return { version: '2', ...described(options) }
}

/** @throws `invalid-input` where the engine has no BuildKit, and for what engines of API 1.41 would pass over in silence */
export async function takesBuildKit (host: Pick<Host, 'apiVersion' | 'engine'>, { shmSizeBytes, ulimits }: BuildKitOptions): Promise<void> {
  if ((await host.engine()).product !== 'docker') throw invalidField('builder', 'must be "classic" here: this host runs Podman, which builds with a builder of its own')
  await needsApi(host, { shmSizeBytes, ulimits }, { shmSizeBytes: '1.42', ulimits: '1.42' })
}
