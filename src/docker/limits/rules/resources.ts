import type { Limits } from '../../../authorization/limits/schema.js'
import type { Violation } from '../rows.js'

type Fields = Readonly<Record<string, unknown>>

/** The scheduler's period where nobody says one, in microseconds. */
const PERIOD = 100_000

const numberIn = (value: unknown): number => typeof value === 'number' ? value : 0

/** What a container may have of what can be counted, by whichever field it is asked for. */
export const maxima = (host: Fields, limits: Limits): Violation[] => [...memory(host, limits), ...cpus(host, limits), ...pids(host, limits)]

const over = (limit: string, field: string, what: string, value: number, max: number): Violation[] => {
  if (value <= 0) return [{ limit, at: [field], message: `${what} without a limit: your grant allows ${max} at most, so say how much` }]
  return value > max ? [{ limit, at: [field], message: `${what} of ${value}: your grant allows ${max} at most` }] : []
}

function memory (host: Fields, { memoryBytes: { max } = {} }: Limits): Violation[] {
  if (max === undefined) return []
  const swap = numberIn(host.MemorySwap)
  const swapping = swap === -1 || swap > 2 * max ? [{ limit: 'memoryBytes', at: ['MemorySwap'], message: `memory and swap together: your grant allows ${2 * max} at most` }] : []
  return [...over('memoryBytes', 'Memory', 'memory', numberIn(host.Memory), max), ...swapping]
}

/** In cores; 0: no limit. `CpuCount` and `CpuPercent` are for Windows: other engines take them, and do nothing. */
export function coresOf ({ NanoCpus, CpuQuota, CpuPeriod }: Fields): number {
  const nano = numberIn(NanoCpus)
  const quota = numberIn(CpuQuota)
  if (nano > 0) return nano / 1e9
  return quota > 0 ? quota / (numberIn(CpuPeriod) || PERIOD) : 0
}

const cpus = (host: Fields, { cpus: { max } = {} }: Limits): Violation[] =>
  max === undefined ? [] : over('cpus', numberIn(host.CpuQuota) > 0 ? 'CpuQuota' : 'NanoCpus', 'CPU', coresOf(host), max)

const pids = (host: Fields, { pids: { max } = {} }: Limits): Violation[] =>
  max === undefined ? [] : over('pids', 'PidsLimit', 'processes', numberIn(host.PidsLimit), max)
