import { ABOUT } from '../operation/choice.js'
import { NUMBER_TOO } from '../operation/number-texts.js'

/** JSON, as documents are made of it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined }
export type JsonObject = { readonly [name: string]: Json | undefined }

/** What a schema says to our own program and to nobody else. */
const PRIVATE = new Set(['x-expects', 'x-open', 'x-data', NUMBER_TOO, ABOUT])

/** Schemas with a title, each written once under `components.schemas`. */
export class Components {
  readonly #schemas = new Map<string, JsonObject>()

  /** A schema as the document has it: what has a title is a reference to it. @throws where two differ under one title */
  schema (schema: object): JsonObject {
    const written = this.#write(JSON.parse(JSON.stringify(schema)) as JsonObject)
    const { title, description, default: preset, ...rest } = written
    const about = (schema as JsonObject)[ABOUT] ?? (preset === undefined ? description : undefined)
    if (typeof title !== 'string') return written
    const $ref = `#/components/schemas/${title}`
    const known = this.#schemas.get(title)
    if (known === undefined) this.#schemas.set(title, described({ title, ...rest }, about))
    else if (!isDeepEqual(bare(known), { title, ...rest })) throw new Error(`two different schemas are both called ${title}`)
    const isOwnWords = description !== undefined && description !== this.#schemas.get(title)?.description
    return { $ref, ...(isOwnWords ? { description } : {}), ...(preset === undefined ? {} : { default: preset }) }
  }

  /** By name, in alphabetical order. */
  all (): JsonObject {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => a < b ? -1 : 1))
  }

  /** The same at every depth. `properties` and the like hold schemas by name, and a property may be called `title`. */
  #write (schema: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(schema).filter(([word]) => !PRIVATE.has(word)).map(([word, value]) => {
      if (word === 'properties' || word === 'patternProperties') return [word, mapValues(value as JsonObject, inner => this.schema(inner as JsonObject))]
      if (word === 'items') return [word, this.schema(value as JsonObject)]
      if (word === 'anyOf') return [word, (value as readonly JsonObject[]).map(member => this.schema(member))]
      return [word, value]
    }))
  }
}

const described = (schema: JsonObject, description: Json | undefined): JsonObject => description === undefined ? schema : { ...schema, description }

const bare = ({ description, ...rest }: JsonObject): JsonObject => rest

const isDeepEqual = (a: JsonObject, b: JsonObject) => JSON.stringify(a) === JSON.stringify(b)

export const mapValues = <A, B>(object: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))
