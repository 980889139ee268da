import { invalidField } from '../errors.js'
import type { PruneKind } from './models/system-prune.js'
import { narrowingOf, type Narrowing, type PruneInput } from './prune-order.js'

export interface SystemPruneInput extends PruneInput {
  readonly kinds: readonly PruneKind[]
  readonly allImages?: boolean
  readonly allVolumes?: boolean
  readonly dryRun: boolean
}

/** What is asked for, read once: a dry run and the prune look at the same. */
export interface PruneOrder extends Narrowing {
  readonly kinds: ReadonlySet<PruneKind>
  readonly allImages: boolean
  readonly allVolumes: boolean
}

/** @throws `invalid-input` for what engines would not heed */
export function orderOf ({ kinds, allImages = false, allVolumes = false, ...input }: SystemPruneInput): PruneOrder {
  const wanted = new Set(kinds)
  if (input.until !== undefined && wanted.has('volumes')) throw invalidField('until', 'does not go with volumes: engines do not look at their age')
  const narrowing = narrowingOf(input)
  // What builds have kept has no labels: nothing of it is what was asked for.
  if (narrowing.label.length > 0 || narrowing.labelNot.length > 0) wanted.delete('buildCache')
  return { kinds: wanted, allImages, allVolumes, ...narrowing }
}

/** Of what builds have kept, engines take a duration back from now. */
export const unusedSeconds = ({ untilSeconds }: PruneOrder, now = Date.now()): number | undefined =>
  untilSeconds === undefined ? undefined : Math.max(0, Math.ceil(now / 1000 - untilSeconds))
