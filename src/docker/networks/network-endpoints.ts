import type { Access } from '../../authorization/access.js'
import { containerRow } from '../authorization/rows.js'
import type { Host } from '../../engine/host.js'
import type { EngineNetwork } from '../../engine/objects.js'
import { containerSummary } from '../containers/models/container.js'

/** A network without the containers on it that the caller may not know of. */
export async function withSeenEndpoints (host: Host, access: Access, network: EngineNetwork): Promise<EngineNetwork> {
  if (access.allowsAll('container.list', host.name) || Object.keys(network.Containers ?? {}).length === 0) return network
  const containers = await host.containers.list({ all: true, filters: { network: [network.Id] } })
  const known = new Set(containers.filter(info => access.knows(containerRow(containerSummary(host.name, info)))).map(({ Id }) => Id))
  return { ...network, Containers: Object.fromEntries(Object.entries(network.Containers ?? {}).filter(([id]) => known.has(id))) }
}
