import { GraphQLID, GraphQLNonNull } from 'graphql'
import { Failure, invalidField } from '../../lib/errors.js'
import { invoke } from '../../operation/invoke.js'
import type { Field, GraphqlContext } from '../context.js'
import { Node } from './node-fields.js'
import type { NodeTypes } from './node-types.js'

const DESCRIPTION = `Any object, by its global id

One call of the inspect of its type: let through, limited and recorded as such. Null, without an error, where that says \`not-found\`, be it that there is none or that you may not know of it.

An id that is no global one is \`invalid-input\`. Any other failure is the inspect's.`

/** What clients ask to have one object again, whatever it is (https://graphql.org/learn/global-object-identification). */
export const nodeQuery = (nodes: NodeTypes): Field => ({
  type: Node,
  description: DESCRIPTION,
  args: { id: { type: new GraphQLNonNull(GraphQLID), description: 'The `id` of an object, as an answer has it' } },
  resolve: async (_, { id }: { id: string }, context) => await inspected(nodes, id, context)
})

async function inspected (nodes: NodeTypes, id: string, context: GraphqlContext): Promise<object | null> {
  const found = nodes.read(id)
  if (found === undefined) throw notGlobal()
  const { node: { inspect, name }, input } = found
  try {
    const answer = nodes.withHost(inspect, input, await invoke(inspect, input, context.call()))
    return { ...answer as object, __typename: name }
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return null
    throw error instanceof Failure && error.code === 'invalid-input' ? notGlobal() : error
  }
}

const notGlobal = () => invalidField('id', 'must be a global id: the `id` of an object, as an answer has it')
