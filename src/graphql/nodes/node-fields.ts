import { GraphQLID, GraphQLInterfaceType, GraphQLNonNull, getNullableType, isNonNullType, type GraphQLOutputType } from 'graphql'
import type { Field, Fields } from '../context.js'
import type { JsonSchema } from '../json-schema.js'
import { ROWS } from '../relations/request-scheduler.js'
import { asInspected, asListed } from './both-sides.js'
import { idOf, type Listed, type NodeType } from './node-type.js'

type Source = Readonly<Record<string, unknown>>

/** A property as a field. */
export interface Told {
  /** The field. */
  readonly name: string
  /** The property. */
  readonly key: string
  readonly type: GraphQLOutputType
  readonly description?: string
}

export const Node = new GraphQLInterfaceType({
  name: 'Node',
  description: 'What has a global id. Clients keep one object of each, whichever field told of it, and `node` finds it again.',
  fields: { id: { type: new GraphQLNonNull(GraphQLID), description: 'The global id' } }
})

/** A property is read by its own name, whatever the field is called. */
export const fieldsOf = (told: readonly Told[]): Fields => Object.fromEntries(told.map(({ name, key, ...rest }) =>
  [name, name === key ? rest : { ...rest, resolve: source => (source as Source)[key] }]))

/** The fields of a node: its global id, and whatever a list or the inspect tells of it. */
export function nodeFields (node: NodeType, told: (schema: JsonSchema) => readonly Told[]): Fields {
  const inFull = told(node.full)
  return { id: idField(node), ...(node.listed === undefined ? fieldsOf(inFull) : mergedFields(node, node.listed, told(node.listed.row), inFull)) }
}

const idField = (node: NodeType): Field => ({
  type: new GraphQLNonNull(GraphQLID),
  description: 'The global id: the same in every answer, and in no other object. Only `node` takes it',
  resolve: source => idOf(node, source as Source)
})

/** What only one of the two tells is had from the other operation where it is asked for: no field is null for want of a look. */
function mergedFields (node: NodeType, listed: Listed, inRow: readonly Told[], inFull: readonly Told[]): Fields {
  const isFull = fullness(node, listed)
  const fullByName = new Map(inFull.map(told => [told.name, told]))
  const rowNames = new Set(inRow.map(({ name }) => name))
  const shared = inRow.map((row): [string, Field] => {
    const full = fullByName.get(row.name)
    return [row.name, full === undefined ? ofRow(node, listed, row, isFull) : ofBoth(node, row, full, isFull)]
  })
  const others = inFull.filter(({ name }) => !rowNames.has(name)).map((full): [string, Field] => [full.name, ofFull(node, full, isFull)])
  return Object.fromEntries([...shared, ...others])
}

type IsFull = (source: Source) => boolean

/** Told by a property that every inspect has, and no row. */
function fullness ({ name, full }: NodeType, { row }: Listed): IsFull {
  const mark = full.required?.find(key => !(key in (row.properties ?? {})))
  if (mark === undefined) throw new Error(`${name}: nothing tells what the inspect answered from a row of the list`)
  return source => mark in source
}

function ofBoth ({ name }: NodeType, row: Told, full: Told, isFull: IsFull): Field {
  const [rowType, fullType] = [getNullableType(row.type), getNullableType(full.type)]
  if (String(rowType) !== String(fullType)) throw new Error(`${name}.${row.name} is ${String(rowType)} in a list and ${String(fullType)} in the inspect: give one of them another name for GraphQL`)
  const type = isNonNullType(row.type) ? full.type : row.type
  const description = full.description
  if (row.key === row.name && full.key === row.name) return { type, description }
  return { type, description, resolve: source => (source as Source)[isFull(source as Source) ? full.key : row.key] }
}

function ofFull (node: NodeType, { key, type, description }: Told, isFull: IsFull): Field {
  return {
    type: getNullableType(type),
    description: `${description ?? ''}. On a row of a list this is a call of its own, one for the row: on ${ROWS} rows of a document at most`,
    resolve: (source, _, context) => isFull(source as Source) ? (source as Source)[key] : propertyIn(asInspected(node, source as Source, context), key)
  }
}

function ofRow (node: NodeType, listed: Listed, { key, type, description }: Told, isFull: IsFull): Field {
  const derived = node.inspect.asListed?.[key]
  if (derived !== undefined) return { type, description, resolve: source => isFull(source as Source) ? derived(source) : (source as Source)[key] }
  return {
    type: getNullableType(type),
    description: `${description ?? ''}. Where a list did not tell it, this is a call of the list: one for all that are asked of its host`,
    resolve: (source, _, context) => isFull(source as Source) ? propertyIn(asListed(node, listed, source as Source, context), key) : (source as Source)[key]
  }
}

/** Only what has to be asked for is waited for: a list has many rows. */
const propertyIn = async (asked: Promise<Source | null | undefined>, key: string): Promise<unknown> => (await asked)?.[key]
