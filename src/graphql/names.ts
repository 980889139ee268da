import { GRAPHQL_NAME } from '../model/graphql-name.js'
import type { JsonSchema } from './json-schema.js'

/** `next-exit` → `next_exit`: the name of an enum's value, where GraphQL would not take the value itself. */
export function enumName (value: string): string {
  const name = value.replaceAll(/\W/g, '_')
  if (['true', 'false', 'null'].includes(name)) return `${name}_`
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`
}

/** Types by name, each built once. */
export class NamedTypes {
  readonly #made = new Map<string, { readonly schema: string, readonly type: unknown }>()

  /** @throws where two different schemas claim one name */
  once<T> (name: string, schema: JsonSchema, build: () => T): T {
    const known = this.#made.get(name)
    const likeness = likenessOf(schema)
    if (known === undefined) {
      const type = build()
      this.#made.set(name, { schema: likeness, type })
      return type
    }
    if (known.schema !== likeness) throw new Error(`two different schemas are both called ${name}`)
    return known.type as T
  }
}

/** What a place adds to a schema (its own words, a default, a name) makes no other type of it. */
const likenessOf = ({ description, default: _, [GRAPHQL_NAME]: __, ...schema }: JsonSchema) => JSON.stringify(schema)
