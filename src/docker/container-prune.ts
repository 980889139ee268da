import type { Access } from '../auth/access/access.js'
import { containerRow } from './guards/rows.js'
import type { Host } from './host.js'
import { containerSummary } from './models/container.js'
import { isNarrowedTo, removeEach } from './pruning.js'

/** Containers that do not run, of those that the caller may remove so. */
export async function pruneContainers (host: Host, access: Access, filters: Record<string, string[]>): Promise<{ removed: string[], reclaimedBytes: number }> {
  if (access.allowsAll('container.prune', host.name)) return await host.containers.prune(filters)
  const stopped = await host.containers.list({ all: true, size: true, filters: { status: ['created', 'exited', 'dead'] } })
  const wanted = stopped.filter(info => isNarrowedTo(filters, info.Labels ?? {}, info.Created))
  const own = wanted.map(info => containerSummary(host.name, info)).filter(row => access.allows('container.prune', containerRow(row)))
  const removed = await removeEach(own, async ({ id }) => { await host.containers.remove(id) })
  return { removed: removed.map(({ id }) => id), reclaimedBytes: removed.reduce((sum, { sizeRwBytes = 0 }) => sum + sizeRwBytes, 0) }
}
