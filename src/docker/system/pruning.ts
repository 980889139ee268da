import { Failure } from '../../lib/errors.js'
import type { PruneInput } from './prune-order.js'
import { narrowingOf, wanted } from './prune-order.js'

/** What a prune has found that it would remove, and what that frees. */
export interface Going {
  /** By which it is removed. */
  readonly id: string
  /** As it is told; its id, where it has no name. */
  readonly name?: string
  readonly bytes: number
}

/** Whether a prune is to look at something at all: what its labels are, and when it was made, in seconds since 1970. */
export type Wants = (labels: Readonly<Record<string, string>> | null | undefined, createdSeconds: number) => boolean

/** @throws `invalid-input` for a time before 1970 */
export function wantsOf (input: PruneInput): Wants {
  const narrowing = narrowingOf(input)
  return (labels, createdSeconds) => wanted(narrowing, labels, createdSeconds)
}

/** What came of it, or would. */
export const told = (things: readonly Going[]): { removed: string[], reclaimedBytes: number } =>
  ({ removed: things.map(({ id, name = id }) => name), reclaimedBytes: sum(things.map(({ bytes }) => bytes)) })

export const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0)

/**
 * Removes one by one what a prune has found. Never by an engine's own prune, which reads filters in a way of its own:
 * what one engine takes for volumes that nobody named are to another all that no container has.
 * @returns those that are gone; what came into use meanwhile, or went by itself, stays out of it
 */
export async function removeEach<T> (things: readonly T[], remove: (thing: T) => Promise<unknown>, signal?: AbortSignal): Promise<T[]> {
  const removed: T[] = []
  for (const thing of things) {
    signal?.throwIfAborted()
    if (await unlessInTheWay(async () => { await remove(thing); return true }) === true) removed.push(thing)
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

export async function inTurns<T, R> (items: readonly T[], look: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) found.push(...await Promise.all(items.slice(at, at + AT_ONCE).map(look)))
  return found
}
