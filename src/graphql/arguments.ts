import { acceptsNull, bare, shapeOf, type JsonSchema } from './json-schema.js'

/**
 * GraphQL clients write null for what they leave out; here an optional input is absent. Only where the schema has
 * no use for null: `env: {"KEY": null}` keeps its meaning, and so does every other JSON value.
 */
export function withoutNulls (schema: JsonSchema, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const shape = shapeOf(schema, 'input')
  if (shape.kind === 'list' && Array.isArray(value)) return value.map(item => withoutNulls(shape.items, item))
  return shape.kind === 'object' ? objectWithoutNulls(bare(schema), value) : value
}

function objectWithoutNulls ({ properties = {} }: JsonSchema, value: object): object {
  const entries = Object.entries(value).filter(([name, inner]) => inner !== null || acceptsNull(properties[name] ?? {}))
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutNulls(properties[name] ?? {}, inner)]))
}
