import type { GraphQLFieldConfig, GraphQLFieldConfigMap } from 'graphql'
import type { Services } from '../model/services.js'
import type { Call } from '../operation/context.js'
import type { LastEvent } from '../operation/events.js'

/** What resolvers are given. */
export interface GraphqlContext {
  /** What `invoke()` is told. Asked for by fields that call something, and not before: a document that is refused made no call. */
  readonly call: () => Call & Services
  /** Told of the last item of each stream. */
  readonly onLast?: (last: LastEvent) => void
}

export type Field = GraphQLFieldConfig<unknown, GraphqlContext>
export type Fields = GraphQLFieldConfigMap<unknown, GraphqlContext>
