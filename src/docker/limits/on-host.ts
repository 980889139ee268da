import type { Limits as RoleLimits } from '../../authorization/limits/schema.js'
import type { Policy } from '../../authorization/policy.js'
import type { Host } from '../../engine/host.js'
import type { LimitsOnHost } from './rows.js'

/** A role's limits as they hold on a host, where others write as well: by grants, and whoever has a volume or a container in the engine's own folder. */
export async function limitsOn (host: Host, bringsFolders: boolean, policy: Pick<Policy, 'writtenOn'>): Promise<(role: RoleLimits) => LimitsOnHost> {
  if (!bringsFolders) return role => role
  const writtenOnHost = [...await policy.writtenOn(host.name), await host.dataRoot()].filter(root => root.startsWith('/'))
  return role => ({ ...role, writtenOnHost })
}
