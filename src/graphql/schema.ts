import { GraphQLBoolean, GraphQLObjectType, GraphQLSchema, type GraphQLFieldConfig } from 'graphql'
import type { Call } from '../operation/context.js'
import { Job } from '../jobs/job.js'
import { startJob } from '../jobs/start.js'
import { fitsJob, needsLink, type AnyOperation } from '../operation/define.js'
import { failureLine } from '../operation/failures.js'
import type { LastEvent } from '../operation/events.js'
import { invoke } from '../operation/invoke.js'
import { graphqlField } from '../operation/graphql-field.js'
import { graphqlRoot, offeredOn, type Registry } from '../operation/registry.js'
import { pascal } from '../model/type-names.js'
import type { Services } from '../model/services.js'
import { withoutNulls } from './arguments.js'
import { jsonSchema } from './json-schema.js'
import { keyApart, keyArgument } from './key.js'
import { linkField } from './links.js'
import { relationsOf } from './relations/relations.js'
import { iterate } from './stream.js'
import { Types } from './types.js'

/** What resolvers are given. */
export interface GraphqlContext {
  /** What the door is told. Asked for by fields that call something, and not before: a document that is refused made no call. */
  readonly call: () => Call & Services
  /** Told of the last item of each stream. */
  readonly onLast?: (last: LastEvent) => void
}

export type Field = GraphQLFieldConfig<unknown, GraphqlContext>
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

/** One operation as a field. What is asked for as null is as good as left out. */
export function fieldOf (operation: AnyOperation, types: Types): Field {
  const run = async (args: Record<string, unknown>, context: GraphqlContext, make: typeof invoke | typeof startJob = invoke) => {
    const { inputs, call } = keyApart(args, context.call())
    return await make(operation, withoutNulls(jsonSchema(operation.input), inputs), call)
  }
  const name = pascal(operation.name)
  const { output } = operation
  const described = {
    description: [operation.summary, operation.description, failureLine(operation)].filter(text => text !== undefined).join('\n\n'),
    args: { ...types.inputs(jsonSchema(operation.input), name), ...keyArgument(operation) }
  }
  if (fitsJob(operation)) {
    return { ...described, type: types.output(jsonSchema(Job), 'Job'), resolve: (_, args, context) => run(args, context, startJob) }
  }
  if (output.shape === 'events') {
    const subscribe: Field['subscribe'] = async (_, args, context) => iterate(await run(args, context), context.call(), context.onLast)
    return { ...described, type: types.output(output.schema, `${name}Event`), subscribe, resolve: item => item }
  }
  if (output.shape === 'value') {
    return { ...described, type: types.output(output.schema, `${name}Result`), resolve: (_, args, context) => run(args, context) }
  }
  return { ...described, type: GraphQLBoolean, resolve: async (_, args, context) => { await run(args, context); return true } }
}
