import type { EngineObject } from '../objects.js'
import { differs } from './differences.js'
import type { Engine } from './engine.js'

/** Of a scheduler's period, in microseconds, as engines have it where nobody says anything. */
const PERIOD = 100_000

/**
 * An update as this engine does it. Podman passes over `NanoCpus`, which is a quota of a period; and where no restart policy
 * is sent it sets that to `no`.
 */
export function updateFor (engine: Engine, body: EngineObject, current: EngineObject): EngineObject {
  if (!differs(engine, 'updateForgets')) return body
  const { NanoCpus, ...rest } = body
  const quota = typeof NanoCpus === 'number' ? { CpuPeriod: PERIOD, CpuQuota: Math.round(NanoCpus / 1e9 * PERIOD) } : {}
  return { RestartPolicy: current.RestartPolicy, ...rest, ...quota }
}

/** What a container has beside what an update changes. Podman tells a CPU limit twice, as `NanoCpus` and as a quota: the one that is not changed goes with the other. */
export function standingBeside (engine: Engine, current: EngineObject, body: EngineObject): EngineObject {
  if (!differs(engine, 'updateForgets')) return current
  const { NanoCpus, CpuQuota, CpuPeriod, ...rest } = current
  if ('NanoCpus' in body) return rest
  return { ...rest, CpuQuota, CpuPeriod, ...('CpuQuota' in body || 'CpuPeriod' in body ? {} : { NanoCpus }) }
}
