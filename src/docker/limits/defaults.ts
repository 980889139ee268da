import type { Limits } from '../../authorization/limits/schema.js'
import type { ContainerSpec } from '../containers/container-spec.js'
import type { BuildOptions } from '../images/build-options.js'

type Amounts = Pick<Limits, 'memoryBytes' | 'cpus' | 'pids'>

const wherever = (said: boolean, fields: Readonly<Record<string, number | undefined>>) =>
  said ? {} : Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** What a role gives to a container whose maker does not say. */
export const containerDefaults = (spec: Partial<ContainerSpec>, { memoryBytes, cpus, pids }: Amounts): Partial<ContainerSpec> => ({
  ...wherever(spec.memoryBytes !== undefined, { memoryBytes: memoryBytes?.default }),
  // An engine takes no period beside cores, and nothing of CpuCount but on Windows.
  ...wherever((spec.cpus ?? spec.cpuQuota ?? spec.cpuPeriod) !== undefined, { cpus: cpus?.default }),
  ...wherever(spec.pidsLimit !== undefined, { pidsLimit: pids?.default })
})

const PERIOD = 100_000

/** The same for the steps of a build, which know of CPU in periods and quotas alone. */
export const buildDefaults = (build: Partial<BuildOptions>, { memoryBytes, cpus }: Amounts): Partial<BuildOptions> => ({
  ...wherever(build.memoryBytes !== undefined, { memoryBytes: memoryBytes?.default }),
  ...wherever((build.cpuQuota ?? build.cpuPeriod) !== undefined || cpus?.default === undefined, { cpuPeriod: PERIOD, cpuQuota: Math.round((cpus?.default ?? 0) * PERIOD) })
})
