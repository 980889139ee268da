import { exactOf } from '../lib/exact-json.js'
import type { CpuStats, EngineStats, StatsEvent } from './models/stats.js'
import { isoNanos, isoOrNothing } from './times.js'

/** Whether the engine had nothing to measure: the container does not run. */
export const isEmpty = ({ read }: EngineStats): boolean => isoOrNothing(read) === undefined

/** Whether the engine has no sample before this one, to count the use of CPUs against. */
export const isFirst = (sample: EngineStats): boolean => !isEmpty(sample) && !sample.precpu_stats?.system_cpu_usage

/**
 * An engine's sample as an event; rates are against the sample before. What `docker stats` shows too is counted as there.
 * @param startedAt the container's own start, for one that {@link isFirst}
 */
export function statsOf (previous: EngineStats | undefined, current: EngineStats, startedAt?: string): StatsEvent {
  return {
    type: 'stats',
    time: isEmpty(current) ? new Date().toISOString() : current.read,
    cpuPercent: isFirst(current) ? averageCpu(current, startedAt) : cpuPercent(current.precpu_stats, current.cpu_stats),
    memory: memoryOf(current),
    ...traffic(previous, current),
    pids: current.pids_stats?.current ?? 0,
    raw: { ...exactOf(current) }
  }
}

/** The container's share of what all CPUs did, times their number: as `docker stats` has it. */
function cpuPercent (before: CpuStats = {}, now: CpuStats = {}): number {
  const used = (now.cpu_usage?.total_usage ?? 0) - (before.cpu_usage?.total_usage ?? 0)
  const passed = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0)
  const cpus = now.online_cpus || (now.cpu_usage?.percpu_usage?.length ?? 0)
  return used > 0 && passed > 0 ? used / passed * cpus * 100 : 0
}

/** Since it was started: against the machine's own start, as an absent sample would read, it would be next to nothing. */
function averageCpu ({ read, cpu_stats: now }: EngineStats, startedAt = read): number {
  const seconds = secondsBetween(startedAt, read)
  return seconds > 0 ? (now?.cpu_usage?.total_usage ?? 0) / (seconds * 1e9) * 100 : 0
}

/** Without what the kernel would give up at once: cgroup v1 calls it `total_inactive_file`, v2 `inactive_file`. */
function memoryOf ({ memory_stats: { usage = 0, limit = 0, stats } = {} }: EngineStats): StatsEvent['memory'] {
  const cache = [stats?.total_inactive_file, stats?.inactive_file].find(bytes => bytes !== undefined && bytes < usage) ?? 0
  const usedBytes = usage - cache
  return { usedBytes, limitBytes: limit, percent: limit === 0 ? 0 : usedBytes / limit * 100 }
}

function traffic (previous: EngineStats | undefined, current: EngineStats): Pick<StatsEvent, 'network' | 'block'> {
  const before = previous === undefined || isEmpty(previous) ? undefined : counters(previous)
  const now = counters(current)
  const seconds = before === undefined ? 0 : secondsBetween(previous?.read ?? '', current.read)
  const rate = <N extends string>(name: N, counter: keyof Counters): { [name in N]?: number } => {
    const amount = before === undefined ? -1 : now[counter] - before[counter]
    // A counter that went back is that of another run.
    return amount < 0 || seconds <= 0 ? {} : { [name]: amount / seconds } as { [name in N]?: number }
  }
  const { receivedBytes, sentBytes, readBytes, writtenBytes } = now
  return {
    network: { receivedBytes, sentBytes, ...rate('receivedBytesPerSecond', 'receivedBytes'), ...rate('sentBytesPerSecond', 'sentBytes') },
    block: { readBytes, writtenBytes, ...rate('readBytesPerSecond', 'readBytes'), ...rate('writtenBytesPerSecond', 'writtenBytes') }
  }
}

interface Counters { readonly receivedBytes: number, readonly sentBytes: number, readonly readBytes: number, readonly writtenBytes: number }

function counters ({ networks, blkio_stats: blocks }: EngineStats): Counters {
  const interfaces = Object.values(networks ?? {})
  const transfers = blocks?.io_service_bytes_recursive ?? []
  // cgroup v1 writes `Read`, v2 `read`.
  const moved = (kind: 'r' | 'w') => sum(transfers.filter(({ op = '' }) => op.toLowerCase().startsWith(kind)).map(({ value }) => value))
  return {
    receivedBytes: sum(interfaces.map(({ rx_bytes: bytes }) => bytes)),
    sentBytes: sum(interfaces.map(({ tx_bytes: bytes }) => bytes)),
    readBytes: moved('r'),
    writtenBytes: moved('w')
  }
}

const sum = (amounts: ReadonlyArray<number | undefined>): number => amounts.reduce<number>((total, amount = 0) => total + amount, 0)

const secondsBetween = (before: string, now: string): number => Number((isoNanos(now) ?? 0n) - (isoNanos(before) ?? 0n)) / 1e9
