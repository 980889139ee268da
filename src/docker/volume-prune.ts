import type { Access } from '../auth/access/access.js'
import { invalidField } from '../errors.js'
import { isAtLeast } from './api-version.js'
import { volumeRow } from './guards/rows.js'
import type { Host } from './host.js'
import { volumeSummary, type VolumeSummary } from './models/volume.js'
import { isNarrowedTo, removeEach } from './pruning.js'
import { pruneFilters } from './prune-filters.js'

interface VolumePrune { readonly all?: boolean, readonly label?: readonly string[], readonly labelNot?: readonly string[] }

/**
 * What a prune of volumes is narrowed to, as the engine spells it.
 * `field` is the input that says `all`.
 * @throws `invalid-input` where an older engine would remove volumes with names though nobody said `all`
 */
export function volumePruneFilters ({ all = false, ...labels }: VolumePrune, api: string, field = 'all'): Record<string, string[]> {
  const tellsApart = isAtLeast(api, '1.42')
  if (!all && !tellsApart) throw invalidField(field, `must be true here: this engine, of API ${api}, removes volumes with a name as well as those without`)
  return { ...pruneFilters(labels), ...(all && tellsApart ? { all: ['true'] } : {}) }
}

/** Volumes that no container has, of those that the caller may remove; how large they were is not known then. */
export async function pruneVolumes (host: Host, access: Access, filters: Record<string, string[]>): Promise<{ removed: string[], reclaimedBytes: number }> {
  if (access.allowsAll('volume.prune', host.name)) return await host.volumes.prune(filters)
  const volumes = (await host.volumes.list({ dangling: ['true'] })).map(volume => volumeSummary(host.name, volume))
  const isWanted = ({ driver, options, labels }: VolumeSummary) => driver === 'local' && Object.keys(options).length === 0 && isNarrowedTo(filters, labels, 0)
  const own = volumes.filter(row => isWanted(row) && access.allows('volume.prune', volumeRow(row)))
  const removed = await removeEach(own, async ({ name }) => { await host.volumes.remove(name, {}) })
  return { removed: removed.map(({ name }) => name), reclaimedBytes: 0 }
}
