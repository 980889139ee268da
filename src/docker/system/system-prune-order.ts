import { invalidField } from '../../lib/errors.js'
import type { CacheRoom } from '../../engine/host/system.js'
import type { PruneKind } from './models/system-prune.js'
import { pruneSelectionOf, type PruneSelection, type PruneInput } from './prune-selection.js'

export interface SystemPruneInput extends PruneInput {
  readonly kinds: readonly PruneKind[]
  readonly allImages?: boolean
  readonly allVolumes?: boolean
  readonly buildCacheReservedBytes?: number
  readonly buildCacheMaxUsedBytes?: number
  readonly buildCacheMinFreeBytes?: number
  readonly dryRun: boolean
}

/** What is asked for, read once: a dry run and the prune look at the same. */
export interface PruneOrder extends PruneSelection {
  readonly kinds: ReadonlySet<PruneKind>
  readonly allImages: boolean
  readonly allVolumes: boolean
  /** How much of what builds have kept stays. */
  readonly room: CacheRoom
}

/** @throws `invalid-input` for what engines would not heed */
export function orderOf ({ kinds, allImages = false, allVolumes = false, ...input }: SystemPruneInput): PruneOrder {
  const wanted = new Set(kinds)
  if (input.until !== undefined && wanted.has('volumes')) throw invalidField('until', 'does not go with volumes: engines do not look at their age')
  const selection = pruneSelectionOf(input)
  // What builds have kept has no labels: nothing of it is what was asked for.
  if (selection.label.length > 0 || selection.labelNot.length > 0) wanted.delete('buildCache')
  return { kinds: wanted, allImages, allVolumes, room: roomIn(input, wanted), ...selection }
}

const ROOM = [['buildCacheReservedBytes', 'reservedBytes'], ['buildCacheMaxUsedBytes', 'maxUsedBytes'], ['buildCacheMinFreeBytes', 'minFreeBytes']] as const

function roomIn (input: Pick<SystemPruneInput, typeof ROOM[number][0] | 'dryRun'>, kinds: ReadonlySet<PruneKind>): CacheRoom {
  const given = ROOM.filter(([field]) => input[field] !== undefined)
  for (const [field] of given) {
    if (!kinds.has('buildCache')) throw invalidField(field, 'goes with the kind buildCache, and not with labels, which what builds have kept does not have')
    if (input.dryRun) throw invalidField(field, 'does not go with a dry run: engines do not say beforehand what they would choose')
  }
  return Object.fromEntries(given.map(([field, name]) => [name, input[field]]))
}

/** Of what builds have kept, engines take a duration back from now. */
export const unusedSeconds = ({ untilSeconds }: PruneOrder, now = Date.now()): number | undefined =>
  untilSeconds === undefined ? undefined : Math.max(0, Math.ceil(now / 1000 - untilSeconds))
