import { Failure, invalidField } from '../../lib/errors.js'
import type { NodeTypes } from './node-types.js'

/**
 * A global id where an own id or a name is meant is an easy mistake, and "no such container" does not tell it. It is looked for when the
 * call has failed: whatever has such a name is found by it.
 */
export async function explainMistakenIds<T> (nodes: NodeTypes, args: Readonly<Record<string, unknown>>, call: () => Promise<T>): Promise<T> {
  try { return await call() } catch (error) {
    if (!(error instanceof Failure) || !MISTAKEN.has(error.code)) throw error
    for (const [name, value] of Object.entries(args)) {
      const found = typeof value === 'string' ? nodes.read(value) : undefined
      if (found !== undefined) throw invalidField(name, `is the global id of a ${found.node.name}: give its ${found.node.ownName}`)
    }
    throw error
  }
}

const MISTAKEN: ReadonlySet<string> = new Set(['not-found', 'invalid-input'])
