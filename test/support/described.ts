import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType, type GraphQLNamedType, type GraphQLSchema } from 'graphql'

interface Node { readonly [name: string]: unknown }

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)
const nodes = (value: unknown): Array<[string, Node]> => isNode(value) ? Object.entries(value).filter((pair): pair is [string, Node] => isNode(pair[1])) : []
const says = (text: unknown): boolean => typeof text === 'string' && text.trim() !== ''

/** Whatever of a GraphQL schema has no description: types, fields, arguments, inputs, values. */
export function undescribedIn (schema: GraphQLSchema): string[] {
  const own = Object.values(schema.getTypeMap()).filter(type => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  return own.flatMap(type => [[type.name, type.description] as const, ...partsOf(type)]).filter(([, words]) => !says(words)).map(([name]) => name)
}

function partsOf (type: GraphQLNamedType): Array<readonly [name: string, words: unknown]> {
  if (isEnumType(type)) return type.getValues().map(({ name, description }) => [`${type.name}.${name}`, description])
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(({ name, description }) => [`${type.name}.${name}`, description])
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  return Object.values(type.getFields()).flatMap(({ name, description, args }) =>
    [[`${type.name}.${name}`, description], ...args.map(arg => [`${type.name}.${name}(${arg.name})`, arg.description] as const)])
}

/** Whatever of an OpenAPI document has no description: operations, parameters, answers, schemas and their properties. */
export function undescribedInOpenapi (document: Node): string[] {
  const { schemas, parameters, responses } = document.components as Node
  /** By itself, or by what it refers to. */
  const isDescribed = (node: Node): boolean => says(node.description) ||
    (typeof node.$ref === 'string' && isDescribed(at(node.$ref))) ||
    (Array.isArray(node.allOf) && node.allOf.length === 1 && isDescribed(node.allOf[0] as Node))
  const at = ($ref: string): Node => $ref.split('/').slice(1).reduce<unknown>((node, step) => isNode(node) ? node[step] : {}, document) as Node

  /** What is constant says itself what it is. */
  function * inSchema (schema: Node, where: string): Generator<string> {
    for (const [name, property] of nodes(schema.properties)) {
      if (!isDescribed(property) && !('const' in property)) yield `${where}.${name}`
      yield * inSchema(property, `${where}.${name}`)
    }
    const choices = ['anyOf', 'oneOf', 'allOf'].flatMap(word => (schema[word] ?? []) as Node[])
    const inner = [schema.items, schema.additionalProperties, ...choices].filter(isNode)
    for (const each of inner) yield * inSchema(each, where)
  }

  function * inContent (holder: Node, where: string): Generator<string> {
    for (const [, { schema }] of nodes(holder.content)) if (isNode(schema)) yield * inSchema(schema, where)
  }

  function * inOperation (operation: Node): Generator<string> {
    const name = String(operation.operationId)
    if (!says(operation.summary)) yield `${name}: summary`
    if (!says(operation.description)) yield name
    for (const parameter of (operation.parameters ?? []) as Node[]) {
      if (!isDescribed(parameter)) yield `${name}?${String(parameter.name)}`
      if (isNode(parameter.schema)) yield * inSchema(parameter.schema, `${name}?${String(parameter.name)}`)
    }
    if (isNode(operation.requestBody)) yield * inContent(operation.requestBody, name)
    for (const [status, answer] of nodes(operation.responses)) {
      if (!isDescribed(answer)) yield `${name} ${status}`
      yield * inContent(answer, `${name} ${status}`)
    }
  }

  return [
    ...nodes(parameters).flatMap(([name, { schema }]) => isNode(schema) ? [...inSchema(schema, name)] : []),
    ...nodes(responses).flatMap(([name, answer]) => [...inContent(answer, name)]),
    ...nodes(schemas).flatMap(([name, schema]) => [...(isDescribed(schema) ? [] : [name]), ...inSchema(schema, name)]),
    ...nodes(document.paths).flatMap(([, path]) => nodes(path).flatMap(([, operation]) => [...inOperation(operation)]))
  ]
}
