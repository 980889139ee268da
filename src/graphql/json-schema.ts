import type { TSchema } from 'typebox'
import { TYPE_DESCRIPTION, MEANINGS } from '../model/choice.js'
import { GRAPHQL_NAME } from '../model/graphql-name.js'

/** A TypeBox schema, read as the JSON Schema that it is. */
export interface JsonSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly format?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  /** The values may become more, so that GraphQL has them as strings. */
  readonly 'x-open'?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly [TYPE_DESCRIPTION]?: string
  readonly [GRAPHQL_NAME]?: string
  readonly [MEANINGS]?: Readonly<Record<string, string>>
}

export const jsonSchema = (schema: TSchema): JsonSchema => schema

/** What a schema is to GraphQL. */
export type Shape =
  | { readonly kind: 'scalar', readonly scalar: ScalarName }
  | { readonly kind: 'enum', readonly values: readonly string[] }
  | { readonly kind: 'object' }
  | { readonly kind: 'list', readonly items: JsonSchema }
  | { readonly kind: 'events', readonly members: readonly JsonSchema[] }

export type ScalarName = 'String' | 'Boolean' | 'Int' | 'Float' | 'Long' | 'DateTime' | 'JSON'

const scalar = (name: ScalarName): Shape => ({ kind: 'scalar', scalar: name })

const isNull = ({ type }: JsonSchema) => type === 'null'
const areStrings = (values: readonly unknown[]): values is readonly string[] => values.every(value => typeof value === 'string')

/** `anyOf: [X, null]` is X, but may be null. */
export const acceptsNull = (schema: JsonSchema): boolean => schema.anyOf?.some(isNull) ?? false

/** Without its null; what describes the choice describes what is left of it. */
export function bare (schema: JsonSchema): JsonSchema {
  const [first, ...others] = (schema.anyOf ?? []).filter(member => !isNull(member))
  return first === undefined || others.length > 0 ? schema : bare(first)
}

/** An item of a stream: an object that says in `type` what it is. */
export const eventType = ({ properties }: JsonSchema): string | undefined => {
  const type = properties?.type?.const
  return typeof type === 'string' ? type : undefined
}

/** @throws where GraphQL has no words for it: at start-up, not in front of a caller */
export function shapeOf (schema: JsonSchema, where: string): Shape {
  const plain = bare(schema)
  if (plain.anyOf !== undefined) return choiceOf(plain.anyOf.filter(member => !isNull(member)), where)
  if (plain.enum !== undefined && plain['x-open'] !== true) return areStrings(plain.enum) ? { kind: 'enum', values: plain.enum } : scalar('JSON')
  if (plain.const !== undefined) return scalar(typeof plain.const === 'string' ? 'String' : 'JSON')
  for (const word of ['allOf', 'oneOf', '$ref']) {
    if (word in plain) throw new Error(`${where}: GraphQL can't show "${word}"`)
  }
  return typeShape(plain)
}

function typeShape (schema: JsonSchema): Shape {
  switch (schema.type) {
    case 'array': return { kind: 'list', items: schema.items ?? {} }
    case 'object': return Object.keys(schema.properties ?? {}).length > 0 ? { kind: 'object' } : scalar('JSON')
    case 'string': return scalar(schema.format === 'date-time' ? 'DateTime' : 'String')
    case 'boolean': return scalar('Boolean')
    case 'number': return scalar('Float')
    case 'integer': return scalar(fitsInt(schema) ? 'Int' : 'Long')
    default: return scalar('JSON')
  }
}

/** GraphQL's own Int has 32 bits; bytes pass that. */
const fitsInt = ({ minimum = 0, maximum = Infinity }: JsonSchema) => maximum <= 2 ** 31 - 1 && minimum >= -(2 ** 31)

function choiceOf (members: readonly JsonSchema[], where: string): Shape {
  const literals = members.map(member => member.const)
  if (areStrings(literals)) return { kind: 'enum', values: literals }
  if (members.every(member => eventType(member) !== undefined)) return { kind: 'events', members }
  const list = members.find(({ type }) => type === 'array')
  if (list !== undefined && members.length === 2) return typeShape(list)
  const shapes = members.map(member => shapeOf(member, where))
  return shapes.every(isText) ? scalar('String') : scalar('JSON')
}

const isText = (shape: Shape) => shape.kind === 'scalar' && (shape.scalar === 'String' || shape.scalar === 'DateTime')
