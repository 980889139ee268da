import { engineTime } from './times.js'

interface PruneInput { readonly until?: string, readonly label?: readonly string[], readonly labelNot?: readonly string[] }

/** What a prune is narrowed to, as the engine spells it. Its `until` knows whole seconds. */
export function pruneFilters ({ until, label = [], labelNot = [] }: PruneInput): Record<string, string[]> {
  return {
    ...(until === undefined ? {} : { until: [engineTime('until', until)] }),
    ...(label.length === 0 ? {} : { label: [...label] }),
    ...(labelNot.length === 0 ? {} : { 'label!': [...labelNot] })
  }
}
