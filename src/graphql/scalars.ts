import { GraphQLBoolean, GraphQLError, GraphQLFloat, GraphQLInt, GraphQLScalarType, GraphQLString, Kind, type ValueNode } from 'graphql'
import { withoutBigints } from '../lib/exact-json.js'
import type { ScalarName } from './json-schema.js'

/** The whole number as it is; what JavaScript's numbers cannot hold is the text of its digits. */
function exactInteger (value: unknown): number | string {
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? String(BigInt(value)) : safeInteger(value)
}

function safeInteger (value: unknown, nodes?: ValueNode): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new GraphQLError('Long is a whole number between -(2^53 - 1) and 2^53 - 1', { nodes })
}

const GraphQLLong = new GraphQLScalarType<number, number | string>({
  name: 'Long',
  description: 'A whole number of up to 64 bits. Counts of bytes are Longs, since they pass the 32 bits of an Int. What passes 2^53 - 1, which JSON\'s readers would round, is answered as a string of its digits; as an input the limit is 2^53 - 1.',
  serialize: exactInteger,
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
  description: 'Any JSON value. Maps whose keys people make up (labels, environment) are objects; what an engine says of its own accord stays as it said it, but whole numbers beyond 2^53 - 1, which are strings of their digits.',
  serialize: withoutBigints
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
