import { GRAPHQL_NAME } from '../../model/graphql-name.js'
import type { AnyOperation } from '../../operation/define.js'
import { offeredOn, type Registry } from '../../operation/registry.js'
import { jsonSchema, type JsonSchema } from '../json-schema.js'
import { readGlobalId } from './global-id.js'
import { inputOf, nodeTypeOf, type NodeType } from './node-type.js'

type Source = Readonly<Record<string, unknown>>

/** All types of objects that have a global id, and what the ids of engines and of the gateway are called beside it. */
export class NodeTypes {
  readonly #byTitle = new Map<string, NodeType>()
  readonly #byInspect = new Map<AnyOperation, NodeType>()
  readonly #ownIds = new Map<string, string>()

  constructor (registry: Registry) {
    for (const operation of registry) {
      const [noun = ''] = operation.name.split('.')
      const node = offeredOn(operation, 'graphql') ? nodeTypeOf(operation, registry.get(`${noun}.list`)) : undefined
      if (operation.creates !== undefined) this.#nameId(`${operation.creates}Id`, outputOf(operation))
      if (node !== undefined) this.#add(node)
    }
  }

  get any (): boolean {
    return this.#byInspect.size > 0
  }

  /** Of what has this title: an inspect's answer, or a row of a list. */
  titled (title: string | undefined): NodeType | undefined {
    return title === undefined ? undefined : this.#byTitle.get(title)
  }

  /** What a global id means, and the inputs of its inspect; undefined for what no answer can have had. */
  read (id: string): { readonly node: NodeType, readonly input: Source } | undefined {
    const { type, rest = '' } = readGlobalId(id) ?? {}
    const node = this.titled(type)
    if (node === undefined || node.name !== type) return undefined
    const [host = '', own = ''] = node.onHost ? splitOnce(rest) : ['-', rest]
    return host === '' || own === '' ? undefined : { node, input: inputOf(node, { host, [node.key]: own }) }
  }

  /** What an inspect answered, with its host where that is not said: it is a part of the global id. */
  withHost (operation: AnyOperation, { host }: Source, answer: unknown): unknown {
    const node = this.#byInspect.get(operation)
    return node?.onHost === true && typeof answer === 'object' ? { host, ...answer } : answer
  }

  /** @throws where a property is called `id` and nothing says what it is the id of */
  fieldName (key: string, property: JsonSchema, { title = '' }: JsonSchema, where: string): string {
    const name = property[GRAPHQL_NAME] ?? (key === 'id' ? this.#ownIds.get(title) : key)
    if (name === undefined) throw new Error(`${where} has an id, which in GraphQL is a global one: give the property a name for GraphQL (${GRAPHQL_NAME})`)
    return name
  }

  #add (node: NodeType): void {
    this.#byInspect.set(node.inspect, node)
    for (const schema of [node.full, node.listed?.row]) {
      if (schema?.title === undefined) continue
      this.#byTitle.set(schema.title, node)
      this.#nameId(node.ownName, schema)
    }
  }

  #nameId (name: string, schema: JsonSchema | undefined): void {
    if (schema?.title !== undefined) this.#ownIds.set(schema.title, name)
  }
}

/** A host's name has no colon, as an own id may have. */
function splitOnce (text: string): [string, string] {
  const at = text.indexOf(':')
  return at < 0 ? ['', ''] : [text.slice(0, at), text.slice(at + 1)]
}

const outputOf = ({ output }: AnyOperation): JsonSchema | undefined => output.shape === 'value' ? jsonSchema(output.schema) : undefined
