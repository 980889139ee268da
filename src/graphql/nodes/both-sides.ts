import { invoke } from '../../operation/invoke.js'
import type { GraphqlContext } from '../context.js'
import { RequestScheduler } from '../relations/request-scheduler.js'
import { inputOf, type Listed, type NodeType } from './node-type.js'

type Source = Readonly<Record<string, unknown>>

/**
 * A row of a list, as its inspect has it: one call for the row, however many fields ask. A call that fails is told by the first of
 * them, and the others are null, so that a list of a thousand rows is not sixty thousand errors.
 */
export async function asInspected (node: NodeType, row: Source, context: GraphqlContext): Promise<Source | null> {
  const turns = RequestScheduler.of(context)
  const { inspect } = node
  const input = inputOf(node, row)
  const look = async () => {
    turns.row(inspect.name)
    const call = context.call()
    return await turns.run(call.signal, async () => await invoke(inspect, input, call)) as Source
  }
  try { return await turns.once(keyOf(inspect.name, input), look) } catch (error) {
    if (turns.isTold(error)) return null
    throw error
  }
}

/** What an inspect answered, as the list has it; undefined where the list does not show it. */
export async function asListed ({ key }: NodeType, { operation, row }: Listed, full: Source, context: GraphqlContext): Promise<Source | undefined> {
  const turns = RequestScheduler.of(context)
  const all = 'all' in operation.input.properties
  const input = { ...(all ? { all } : {}), host: full.host }
  const asked = keyOf(operation.name, input)
  const list = async () => {
    const call = context.call()
    return await turns.run(call.signal, async () => await invoke(operation, input, call)) as { readonly items: readonly Source[] }
  }
  const rows = await turns.once(`${asked} for ${row.title ?? ''}`, async () => new Map((await turns.once(asked, list)).items.map(row => [row[key], row])))
  return rows.get(full[key])
}

const keyOf = (operation: string, input: Source) => `${operation} ${JSON.stringify(input)}`
