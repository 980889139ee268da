import {
  GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString,
  GraphQLUnionType, type GraphQLInputFieldConfig, type GraphQLInputType, type GraphQLOutputType
} from 'graphql'
import { TYPE_DESCRIPTION, MEANINGS } from '../model/choice.js'
import { inputName, pascal } from '../model/type-names.js'
import type { Fields, GraphqlContext } from './context.js'
import { acceptsNull, bare, eventType, shapeOf, type JsonSchema } from './json-schema.js'
import { NamedTypes, enumName } from './names.js'
import { Node, fieldsOf, nodeFields, type Told } from './nodes/node-fields.js'
import type { NodeType } from './nodes/node-type.js'
import type { NodeTypes } from './nodes/node-types.js'
import { scalars } from './scalars.js'

/** Fields that a type has beside its schema's: see relations.ts. */
export type Relations = (typeName: string, types: Types) => Fields

const StreamEvent = new GraphQLInterfaceType({
  name: 'StreamEvent',
  description: 'What all items of streams have. A stream always ends with `end` or `error`; without either it was cut.',
  fields: { type: { type: new GraphQLNonNull(GraphQLString), description: 'What this item is, e.g. `log`, `end` or `error`' } }
})

/** The schemas of operations, as GraphQL types. A schema with a title becomes the type of that name, whoever uses it. */
export class Types {
  readonly #named = new NamedTypes()

  constructor (readonly nodes: NodeTypes, private readonly relations: Relations) {}

  /** `name` is for what has no title of its own. */
  output (schema: JsonSchema, name: string): GraphQLOutputType {
    const shape = shapeOf(schema, name)
    switch (shape.kind) {
      case 'scalar': return scalars[shape.scalar]
      case 'enum': return this.#enum(bare(schema), shape.values, name)
      case 'object': return this.#object(bare(schema), name)
      case 'list': return new GraphQLList(required(shape.items, this.output(shape.items, name)))
      case 'events': return this.#events(schema, shape.members, name)
    }
  }

  /** What a field or an input object takes; one that is required, has no default and takes no null is `!`. */
  inputs (schema: JsonSchema, name: string): Record<string, GraphQLInputFieldConfig> {
    const needed = new Set(schema.required)
    return mapValues(schema.properties ?? {}, (property, key) => {
      const type = this.#input(property, pascal(name, key))
      const optional = !needed.has(key) || property.default !== undefined
      return { type: optional ? type : required(property, type), ...described(property), ...defaultOf(property, name) }
    })
  }

  #input (schema: JsonSchema, name: string): GraphQLInputType {
    const shape = shapeOf(schema, name)
    switch (shape.kind) {
      case 'scalar': return scalars[shape.scalar]
      case 'enum': return this.#enum(bare(schema), shape.values, name)
      case 'object': return this.#inputObject(bare(schema), name)
      case 'list': return new GraphQLList(required(shape.items, this.#input(shape.items, name)))
      case 'events': throw new Error(`${name}: events are not inputs`)
    }
  }

  #inputObject (schema: JsonSchema, fallback: string): GraphQLInputObjectType {
    const name = schema.title ?? fallback
    const ownName = inputName(name)
    return this.#named.once(ownName, schema, () => new GraphQLInputObjectType({
      name: ownName, description: schema.description, fields: this.inputs(schema, name)
    }))
  }

  #object (schema: JsonSchema, fallback: string, interfaces: readonly GraphQLInterfaceType[] = []): GraphQLObjectType {
    const name = schema.title ?? fallback
    const node = this.nodes.titled(schema.title)
    return this.#named.once(name, schema, () => node === undefined ? this.#plainObject(schema, name, interfaces) : this.#node(schema, node))
  }

  #plainObject (schema: JsonSchema, name: string, interfaces: readonly GraphQLInterfaceType[]): GraphQLObjectType {
    return new GraphQLObjectType<unknown, GraphqlContext>({
      name,
      description: schema.description,
      interfaces,
      fields: () => joined(name, fieldsOf(this.#told(schema, name)), this.relations(name, this))
    })
  }

  /** A row of a list is of the type that the inspect has. */
  #node (schema: JsonSchema, node: NodeType): GraphQLObjectType {
    const { name, full } = node
    if (schema.title !== name) return this.#object(full, name)
    return new GraphQLObjectType<unknown, GraphqlContext>({
      name,
      description: schema.description,
      interfaces: [Node],
      fields: () => joined(name, nodeFields(node, told => this.#told(told, name)), this.relations(name, this))
    })
  }

  #told (schema: JsonSchema, name: string): Told[] {
    const needed = new Set(schema.required)
    return Object.entries(schema.properties ?? {}).map(([key, property]) => {
      const type = this.output(property, pascal(name, key))
      return { name: this.nodes.fieldName(key, property, schema, name), key, type: needed.has(key) ? required(property, type) : type, ...described(property) }
    })
  }

  #events (schema: JsonSchema, members: readonly JsonSchema[], fallback: string): GraphQLUnionType {
    const name = schema.title ?? fallback
    const types = new Map(members.map(member => [eventType(member), this.#object(member, pascal(fallback, eventType(member) ?? ''), [StreamEvent])]))
    if (types.size < members.length) throw new Error(`${name}: two events have the same type`)
    return this.#named.once(name, schema, () => new GraphQLUnionType({
      name, description: schema.description, types: [...types.values()], resolveType: item => types.get(typeIn(item))?.name
    }))
  }

  #enum (schema: JsonSchema, values: readonly string[], fallback: string): GraphQLEnumType {
    const name = schema.title ?? fallback
    const named = new Map(values.map(value => [enumName(value), enumValue(value, schema[MEANINGS]?.[value])]))
    if (named.size < values.length) throw new Error(`${name}: two values have the same GraphQL name`)
    return this.#named.once(name, schema, () => new GraphQLEnumType({
      name, description: ownWords(schema), values: Object.fromEntries(named)
    }))
  }
}

function joined (type: string, own: Fields, relations: Fields): Fields {
  const taken = Object.keys(relations).find(name => name in own)
  if (taken !== undefined) throw new Error(`${type} has a field ${taken} of its own: a relation needs another name`)
  return { ...own, ...relations }
}

function required<T extends GraphQLInputType | GraphQLOutputType> (schema: JsonSchema, type: T): T | GraphQLNonNull<T> {
  return acceptsNull(schema) ? type : new GraphQLNonNull(type)
}

const enumValue = (value: string, meaning: string | undefined) => {
  const spelling = enumName(value) === value ? undefined : `\`${value}\` in JSON`
  return { value, description: [meaning, spelling].filter(text => text !== undefined).join('. ') || undefined }
}

/** Words beside a default speak of the place, not of the type. */
const ownWords = (schema: JsonSchema) => schema[TYPE_DESCRIPTION] ?? (schema.title === undefined || schema.default !== undefined ? undefined : schema.description)

const typeIn = (item: unknown): string | undefined =>
  typeof item === 'object' && item !== null && 'type' in item && typeof item.type === 'string' ? item.type : undefined

const isPlain = (value: unknown): boolean => Array.isArray(value) ? value.every(isPlain) : typeof value !== 'object'

/** The words of a place are its own, or else those of what stands there. */
const wordsOf = (schema: JsonSchema): string | undefined =>
  schema.description ?? bare(schema).description ?? (schema.const === undefined ? undefined : `Always \`${String(schema.const)}\``)

/** SDL has no way to write an object as the default of a JSON value, so that it goes into the words. */
function described (schema: JsonSchema): { description?: string } {
  const words = wordsOf(schema)
  if (schema.default === undefined || isPlain(schema.default)) return { description: words }
  return { description: [words, `Default: \`${JSON.stringify(schema.default)}\``].filter(Boolean).join('. ') }
}

function defaultOf (schema: JsonSchema, where: string): { defaultValue?: unknown } {
  if (schema.default === undefined || !isPlain(schema.default)) return {}
  const { kind } = shapeOf(schema, where)
  return { defaultValue: kind === 'list' && !Array.isArray(schema.default) ? [schema.default] : schema.default }
}

const mapValues = <A, B>(object: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))
