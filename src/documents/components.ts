import { TYPE_DESCRIPTION, INCLUDES } from '../model/choice.js'
import { GRAPHQL_NAME } from '../model/graphql-name.js'
import { ALSO_NUMBER } from '../model/number-texts.js'
import { isAlike, mapValues, sorted, type Json, type JsonObject } from './json.js'

/** What a schema says to our own program and to nobody else. */
const PRIVATE = new Set(['x-expects', 'x-open', 'x-data', ALSO_NUMBER, TYPE_DESCRIPTION, INCLUDES, GRAPHQL_NAME])

/** Any text is a key: what most maps say of theirs. */
const ANY_KEY = '^.*$'

/** Schemas with a title, each written once under `components.schemas`. */
export class Components {
  readonly #schemas = new Map<string, JsonObject>()

  /** A schema as the document has it: what has a title is a reference to it. @throws where two differ under one title */
  schema (schema: object): JsonObject {
    const written = this.#write(JSON.parse(JSON.stringify(schema)) as JsonObject)
    const { title, description, default: preset, ...rest } = written
    const about = (schema as JsonObject)[TYPE_DESCRIPTION] ?? (preset === undefined ? description : undefined)
    if (typeof title !== 'string') return written
    const $ref = this.#named(rest, title, about)
    const isOwnWords = description !== undefined && description !== this.#schemas.get(title)?.description
    return withDescription({ $ref }, { ...(isOwnWords ? { description } : {}), ...(preset === undefined ? {} : { default: preset }) })
  }

  /** A schema under a name that is not its title. */
  named (name: string, schema: JsonObject): JsonObject {
    return { $ref: this.#named(schema, name, undefined) }
  }

  /** A property of an object. */
  property (schema: object): JsonObject {
    return defaultInside(this.schema(schema))
  }

  all (): JsonObject {
    return sorted(this.#schemas)
  }

  #named (schema: JsonObject, name: string, description: Json | undefined): string {
    const known = this.#schemas.get(name)
    if (known === undefined) this.#schemas.set(name, description === undefined ? schema : { ...schema, description })
    else if (!isAlike(bare(known), bare(schema))) throw new Error(`two different schemas are both called ${name}`)
    return `#/components/schemas/${name}`
  }

  /** The same at every depth. `properties` and the like hold schemas by name, and a property may be called `title`. */
  #write (schema: JsonObject): JsonObject {
    const isMap = 'patternProperties' in schema
    const told = Object.entries(schema).filter(([word]) => !PRIVATE.has(word) && !(isMap && word === 'additionalProperties'))
    return Object.fromEntries(told.flatMap(([word, value]): Array<[string, Json | undefined]> => {
      if (word === 'properties') return [[word, mapValues(value as JsonObject, inner => this.property(inner as JsonObject))]]
      if (word === 'patternProperties') return this.#map(value as JsonObject)
      if (word === 'items') return [[word, this.schema(value as JsonObject)]]
      if (word === 'anyOf') return [[word, (value as readonly JsonObject[]).map(member => this.schema(member))]]
      return [[word, value]]
    }))
  }

  /** A map, in the words that generators know. */
  #map (patterns: JsonObject): Array<[string, Json]> {
    const [[pattern, value] = [ANY_KEY, {}], ...others] = Object.entries(patterns)
    if (others.length > 0) throw new Error(`a map has one kind of key, not ${Object.keys(patterns).join(' and ')}`)
    const names: Array<[string, Json]> = pattern === ANY_KEY ? [] : [['propertyNames', { pattern }]]
    return [...names, ['additionalProperties', this.schema(value as JsonObject)]]
  }
}

/** What a place says of what is elsewhere. Beside a `$ref` many readers would not see it. */
export const withDescription = (schema: JsonObject, words: JsonObject): JsonObject =>
  Object.keys(words).length === 0 && schema.default === undefined ? schema : { ...words, allOf: [schema] }

/** A property that shows a default is taken by openapi-typescript for one that is always there, in inputs as well. */
function defaultInside (schema: JsonObject): JsonObject {
  if (schema.default === undefined) return schema
  const { description, ...rest } = schema
  return withDescription(rest, description === undefined ? {} : { description })
}

const bare = ({ description, ...rest }: JsonObject): JsonObject => rest
