import { GraphQLObjectType, GraphQLSchema } from 'graphql'
import { needsLink } from '../operation/define.js'
import { graphqlField } from '../operation/graphql-field.js'
import { graphqlRoot, offeredOn, type Registry } from '../operation/registry.js'
import type { Fields } from './context.js'
import { fieldOf } from './field.js'
import { linkField } from './links.js'
import { nodeQuery } from './nodes/node-query.js'
import { NodeTypes } from './nodes/node-types.js'
import { relationsOf } from './relations/relations.js'
import { Types } from './types.js'

type Root = ReturnType<typeof graphqlRoot>

const ROOTS: Readonly<Record<Root, string>> = {
  Query: 'What reads. Every field is one call, admitted and recorded on its own.',
  Mutation: 'What changes something. The fields of one request run one after another.',
  Subscription: 'Streams, over WebSocket with the subprotocol `graphql-transport-ws`.'
}

/**
 * The operations as a GraphQL schema. Nothing is written by hand but the relations; what GraphQL can't show is an
 * error here, when the gateway starts.
 */
export function buildSchema (registry: Registry): GraphQLSchema {
  const nodes = new NodeTypes(registry)
  const types = new Types(nodes, relationsOf(registry))
  const root = (name: Root) => {
    const offered = [...registry].filter(operation => offeredOn(operation, 'graphql') && graphqlRoot(operation) === name)
    const fields = Object.fromEntries(offered.map(operation => [graphqlField(operation), needsLink(operation) ? linkField(operation, registry, types) : fieldOf(operation, types)]))
    return offered.length === 0 ? undefined : new GraphQLObjectType({ name, description: ROOTS[name], fields: name === 'Query' ? withNode(fields, nodes) : fields })
  }
  return new GraphQLSchema({ query: root('Query'), mutation: root('Mutation'), subscription: root('Subscription') })
}

function withNode (fields: Fields, nodes: NodeTypes): Fields {
  if ('node' in fields) throw new Error('the GraphQL field node finds any object by its global id: the operation that claims it needs another')
  return nodes.any ? { ...fields, node: nodeQuery(nodes) } : fields
}
