import { GraphQLBoolean, GraphQLError, GraphQLFloat, GraphQLInt, GraphQLScalarType, GraphQLString, Kind, type ValueNode } from 'graphql'
import type { ScalarName } from './json-schema.js'

function safeInteger (value: unknown, nodes?: ValueNode): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new GraphQLError('Long is a whole number between -(2^53 - 1) and 2^53 - 1', { nodes })
}

const GraphQLLong = new GraphQLScalarType<number, number>({
  name: 'Long',
  description: 'A whole number of up to 53 bits, as JSON can carry it. Counts of bytes are Longs, since they pass the 32 bits of an Int.',
  serialize: value => safeInteger(value),
  parseValue: value => safeInteger(value),
  parseLiteral: node => safeInteger(node.kind === Kind.INT ? Number(node.value) : undefined, node)
})

function text (value: unknown, nodes?: ValueNode): string {
  if (typeof value === 'string') return value
  throw new GraphQLError('DateTime is a string such as "2026-01-31T12:00:00Z"', { nodes })
}

const GraphQLDateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'A time, ISO 8601 in UTC, e.g. `2026-01-31T12:00:00.123456789Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: value => text(value),
  parseValue: value => text(value),
  parseLiteral: node => text(node.kind === Kind.STRING ? node.value : undefined, node)
})

const GraphQLJson = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value. Maps whose keys people make up (labels, environment) are objects; what an engine says of its own accord stays as it said it.'
})

export const scalars: Readonly<Record<ScalarName, GraphQLScalarType>> = {
  String: GraphQLString,
  Boolean: GraphQLBoolean,
  Int: GraphQLInt,
  Float: GraphQLFloat,
  Long: GraphQLLong,
  DateTime: GraphQLDateTime,
  JSON: GraphQLJson
}
