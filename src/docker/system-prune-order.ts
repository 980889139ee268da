import { invalidField } from '../errors.js'
import type { CacheRoom } from './host/system.js'
import type { PruneKind } from './models/system-prune.js'
import { engineTime } from './times.js'

export interface SystemPruneInput {
  readonly kinds: readonly PruneKind[]
  readonly allImages?: boolean
  readonly allVolumes?: boolean
  readonly until?: string
  readonly label?: readonly string[]
  readonly labelNot?: readonly string[]
  readonly buildCacheReservedBytes?: number
  readonly buildCacheMaxUsedBytes?: number
  readonly buildCacheMinFreeBytes?: number
  readonly dryRun: boolean
}

/** What is asked for, read once: a dry run and the prune look at the same. */
export interface PruneOrder {
  readonly kinds: ReadonlySet<PruneKind>
  readonly allImages: boolean
  readonly allVolumes: boolean
  /** Seconds since 1970; whole, since lists of engines know no fractions. */
  readonly untilSeconds?: number
  readonly label: readonly string[]
  readonly labelNot: readonly string[]
  /** How much of what builds have kept stays. */
  readonly room: CacheRoom
}

type Labels = Readonly<Record<string, string>> | null | undefined

/** @throws `invalid-input` for what engines would not heed */
export function orderOf ({ kinds, allImages = false, allVolumes = false, until, label = [], labelNot = [], ...rest }: SystemPruneInput): PruneOrder {
  const wanted = new Set(kinds)
  if (until !== undefined && wanted.has('volumes')) throw invalidField('until', 'does not go with volumes: engines do not look at their age')
  // What builds have kept has no labels: nothing of it is what was asked for.
  if (label.length > 0 || labelNot.length > 0) wanted.delete('buildCache')
  const room = roomIn(rest, wanted)
  return { kinds: wanted, allImages, allVolumes, label, labelNot, room, ...(until === undefined ? {} : { untilSeconds: Math.floor(Number(engineTime('until', until))) }) }
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

/** Created before the time, with all of some labels, and not with all of others. */
export function wanted ({ untilSeconds = Infinity, label, labelNot }: PruneOrder, given: Labels, createdSeconds: number): boolean {
  const labels = new Map(Object.entries(given ?? {}))
  const has = (filter: string): boolean => {
    const [key = '', ...value] = filter.split('=')
    return labels.has(key) && (value.length === 0 || labels.get(key) === value.join('='))
  }
  return createdSeconds < untilSeconds && label.every(has) && !(labelNot.length > 0 && labelNot.every(has))
}

/** Of what builds have kept, engines take a duration back from now. */
export const unusedSeconds = ({ untilSeconds }: PruneOrder, now = Date.now()): number | undefined =>
  untilSeconds === undefined ? undefined : Math.max(0, Math.ceil(now / 1000 - untilSeconds))
