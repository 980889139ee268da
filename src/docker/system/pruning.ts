import { Failure } from '../../lib/errors.js'
import type { PruneInput } from './prune-selection.js'
import { pruneSelectionOf, isSelected } from './prune-selection.js'
import { sum } from '../../lib/sum.js'

/** What a prune has found that it would remove, and what that frees. */
export interface Prunable {
  /** By which it is removed. */
  readonly id: string
  /** As it is told; its id, where it has no name. */
  readonly name?: string
  readonly bytes: number
}

/** Whether a prune is to look at something at all: what its labels are, and when it was made, in seconds since 1970. */
export type PruneFilter = (labels: Readonly<Record<string, string>> | null | undefined, createdSeconds: number) => boolean

/** @throws `invalid-input` for a time before 1970 */
export function pruneFilterOf (input: PruneInput): PruneFilter {
  const selection = pruneSelectionOf(input)
  return (labels, createdSeconds) => isSelected(selection, labels, createdSeconds)
}

/** What came of it, or would. */
export const pruneReport = (resources: readonly Prunable[]): { removed: string[], reclaimedBytes: number } =>
  ({ removed: resources.map(({ id, name = id }) => name), reclaimedBytes: sum(resources.map(({ bytes }) => bytes)) })

/**
 * Removes one by one what a prune has found. Never by an engine's own prune, which reads filters in a way of its own:
 * what one engine takes for volumes that nobody named are to another all that no container has.
 * @returns those that are gone; what came into use meanwhile, or went by itself, stays out of it
 */
export async function removeEach<T> (resources: readonly T[], remove: (resource: T) => Promise<unknown>, signal?: AbortSignal): Promise<T[]> {
  const removed: T[] = []
  for (const resource of resources) {
    signal?.throwIfAborted()
    if (await unlessInTheWay(async () => { await remove(resource); return true }) === true) removed.push(resource)
  }
  return removed
}

/** undefined: it is in use, or gone already, or the engine would not. @throws where the engine cannot be asked */
export async function unlessInTheWay<T> (work: () => Promise<T>): Promise<T | undefined> {
  try { return await work() } catch (error) {
    if (!(error instanceof Failure) || !IN_THE_WAY.has(error.code)) throw error
    return undefined
  }
}

const IN_THE_WAY = new Set(['conflict', 'not-found', 'engine-error'])

/** Looked at at the same time. */
const AT_ONCE = 8

export async function mapInBatches<T, R> (items: readonly T[], look: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) found.push(...await Promise.all(items.slice(at, at + AT_ONCE).map(look)))
  return found
}
