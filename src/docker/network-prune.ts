import type { Access } from '../auth/access/access.js'
import { networkRow } from './guards/rows.js'
import type { Host } from './host.js'
import { networkSummary } from './models/network.js'
import { isNarrowedTo, removeEach } from './pruning.js'

/** Networks that someone made and nothing is on, of those that the caller may remove; their names. */
export async function pruneNetworks (host: Host, access: Access, filters: Record<string, string[]>): Promise<string[]> {
  if (access.allowsAll('network.prune', host.name)) return await host.networks.prune(filters)
  const networks = (await host.networks.list({ type: ['custom'] })).map(network => networkSummary(host.name, network))
  const own = networks.filter(row => isNarrowedTo(filters, row.labels, Date.parse(row.createdAt) / 1000) && access.allows('network.prune', networkRow(row)))
  return (await removeEach(own, async ({ id }) => { await host.networks.remove(id) })).map(({ name }) => name)
}
