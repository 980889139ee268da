import { Failure } from '../errors.js'

/**
 * Removes one by one what the caller may remove, where the engine's own prune would take what is others' as well.
 * @returns those that are gone; what came into use meanwhile, or went by itself, stays out of it
 */
export async function removeEach<T> (things: readonly T[], remove: (thing: T) => Promise<unknown>): Promise<T[]> {
  const removed: T[] = []
  for (const thing of things) {
    try {
      await remove(thing)
      removed.push(thing)
    } catch (error) {
      if (!(error instanceof Failure) || !IN_THE_WAY.has(error.code)) throw error
    }
  }
  return removed
}

const IN_THE_WAY = new Set(['conflict', 'not-found', 'engine-error'])

interface Narrowing { readonly until?: string[], readonly label?: string[], readonly 'label!'?: string[] }

/** What a prune is narrowed to, looked at by ourselves: lists have fewer filters than prunes. */
export function isNarrowedTo ({ until, label = [], 'label!': labelNot = [] }: Narrowing, labels: Readonly<Record<string, string>>, createdSeconds: number): boolean {
  const has = (wanted: string) => {
    const [key = '', value] = wanted.split(/=(.*)/s)
    return key in labels && (value === undefined || labels[key] === value)
  }
  return label.every(has) && !(labelNot.length > 0 && labelNot.every(has)) && until?.every(time => createdSeconds < Number(time)) !== false
}
