import { GraphQLObjectType, GraphQLSchema } from 'graphql'
import { needsLink } from '../operation/define.js'
import { graphqlField, graphqlRoot, offeredOn, type Registry } from '../operation/registry.js'
import { fieldOf } from './field.js'
import { linkField } from './links.js'
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
  const types = new Types(relationsOf(registry))
  const root = (name: Root) => {
    const offered = [...registry].filter(operation => offeredOn(operation, 'graphql') && graphqlRoot(operation) === name)
    const fields = Object.fromEntries(offered.map(operation => [graphqlField(operation), needsLink(operation) ? linkField(operation, registry, types) : fieldOf(operation, types)]))
    return offered.length === 0 ? undefined : new GraphQLObjectType({ name, description: ROOTS[name], fields })
  }
  return new GraphQLSchema({ query: root('Query'), mutation: root('Mutation'), subscription: root('Subscription') })
}
