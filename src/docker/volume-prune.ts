import { invalidField } from '../errors.js'
import { isAtLeast } from './api-version.js'
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
