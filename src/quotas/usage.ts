import type { Hosts } from '../engine/hosts.js'
import type { Host } from '../engine/host.js'
import { unlessAbsent } from '../engine/host/refusals.js'
import { coresOf } from '../docker/limits/rules/resources.js'
import { GRANT_LABEL } from '../model/resource.js'

/** How much of what a quota counts; of what one container has, undefined where it has no limit. */
export interface Amounts { readonly memoryBytes?: number, readonly cpus?: number }

/** What there is that a grant has made. */
export interface Usage { readonly containers: number, readonly each: readonly Amounts[] }

/** Containers that are looked at at a time, on each host. */
const AT_ONCE = 8

/** Of a container's HostConfig. */
export function amountsIn (host: Readonly<Record<string, unknown>>): Amounts {
  const memoryBytes = typeof host.Memory === 'number' && host.Memory > 0 ? host.Memory : undefined
  const cores = coresOf(host)
  return { memoryBytes, cpus: cores > 0 ? cores : undefined }
}

interface Counted { readonly grantId: string, readonly onHost: (host: string) => boolean, /** Whether more is needed than their number. */ readonly amounts: boolean, /** A container that is left out. */ readonly but?: string }

/**
 * Counts what bears the grant's label, on each of its hosts.
 * @throws `host-unreachable`, `host-timeout`: what can't be counted is not taken for nothing
 */
export async function usageOf (hosts: Hosts, { grantId, onHost, amounts, but }: Counted): Promise<Usage> {
  const filters = { label: [`${GRANT_LABEL}=${grantId}`] }
  const found = await Promise.all(hosts.all().filter(({ name }) => onHost(name)).map(async host => {
    const ids = (await host.containers.list({ all: true, filters })).map(({ Id }) => Id).filter(id => id !== but)
    return { containers: ids.length, each: amounts ? await amountsOf(host, ids) : [] }
  }))
  return { containers: found.reduce((sum, { containers }) => sum + containers, 0), each: found.flatMap(({ each }) => each) }
}

async function amountsOf (host: Host, ids: readonly string[]): Promise<Amounts[]> {
  const rest = [...ids]
  const each: Amounts[] = []
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
      const container = await unlessAbsent(host.containers.inspect(id))
      if (container !== undefined) each.push(amountsIn(container.HostConfig as Readonly<Record<string, unknown>>))
    }
  }))
  return each
}
