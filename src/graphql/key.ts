import { GraphQLString, type GraphQLFieldConfigArgumentMap } from 'graphql'
import type { Call } from '../operation/context.js'
import { KEY, takesKey, type AnyOperation } from '../operation/define.js'

const ARGUMENT: GraphQLFieldConfigArgumentMap = {
  [KEY]: { type: GraphQLString, description: 'A name of your own for this call, 1 to 255 visible ASCII characters: the same call under the same key is made once within 24 hours, and answered again' }
}

/** What a field takes beside the operation's inputs. */
export const keyArgument = (operation: AnyOperation): GraphQLFieldConfigArgumentMap => takesKey(operation) ? ARGUMENT : {}

/** The inputs among a field's arguments, and the call with its key. */
export function keyApart<C extends Call> (args: Readonly<Record<string, unknown>>, call: C): { inputs: Readonly<Record<string, unknown>>, call: C } {
  const { [KEY]: key, ...inputs } = args
  return { inputs, call: typeof key === 'string' ? { ...call, [KEY]: key } : call }
}
