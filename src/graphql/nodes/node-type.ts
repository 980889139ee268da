import { pathNames, type AnyOperation } from '../../operation/define.js'
import { jsonSchema, type JsonSchema } from '../json-schema.js'
import { writeGlobalId } from './global-id.js'

type Source = Readonly<Record<string, unknown>>

/** What has an inspect. A list and the inspect tell of one object of one type, by the same global id. */
export interface NodeType {
  /** The type: the title of what the inspect answers. */
  readonly name: string
  readonly inspect: AnyOperation
  readonly full: JsonSchema
  /** The list, where its rows have other fields. */
  readonly listed?: Listed
  /** The property that is its own id: on its host, or in the gateway. */
  readonly key: string
  /** What that is called in GraphQL. */
  readonly ownName: string
  /** The input of the inspect that takes it. */
  readonly input: string
  /** Whether its own id means it on one host alone. */
  readonly onHost: boolean
}

export interface Listed { readonly operation: AnyOperation, readonly row: JsonSchema }

/** undefined where the operation is no inspect of an object. */
export function nodeTypeOf (inspect: AnyOperation, list: AnyOperation | undefined): NodeType | undefined {
  const [noun, verb] = inspect.name.split('.')
  const full = valueOf(inspect)
  if (verb !== 'inspect' || noun === undefined || full?.title === undefined) return undefined
  const key = keyOf(full, noun, inspect)
  return { name: full.title, inspect, full, listed: listedOf(list, full), key, ownName: key === 'id' ? `${noun}Id` : key, ...placeOf(inspect) }
}

function listedOf (operation: AnyOperation | undefined, full: JsonSchema): Listed | undefined {
  const row = operation === undefined ? undefined : rowOf(operation)
  return operation === undefined || row === undefined || row.title === full.title ? undefined : { operation, row }
}

const valueOf = ({ output }: AnyOperation): JsonSchema | undefined => output.shape === 'value' ? jsonSchema(output.schema) : undefined

/** What the rows of a list are. */
export const rowOf = (list: AnyOperation): JsonSchema | undefined => valueOf(list)?.properties?.items?.items

function keyOf ({ properties = {} }: JsonSchema, noun: string, { name }: AnyOperation): string {
  const key = ['id', `${noun}Id`, 'name'].find(key => key in properties)
  if (key === undefined) throw new Error(`${name} answers an object without an id or a name: GraphQL has no id for it`)
  return key
}

function placeOf ({ name, path }: AnyOperation): Pick<NodeType, 'input' | 'onHost'> {
  const names = pathNames(path)
  const [first, second, ...others] = names
  if (first === undefined || others.length > 0 || (second !== undefined && first !== 'host')) {
    throw new Error(`${name} is found by ${names.join(', ')}: an object has an id of its own, and perhaps a host`)
  }
  return { input: second ?? first, onHost: second !== undefined }
}

export const idOf = ({ name, key, onHost }: NodeType, source: Source): string =>
  writeGlobalId({ type: name, rest: onHost ? `${String(source.host)}:${String(source[key])}` : String(source[key]) })

/** The inputs of its inspect. */
export const inputOf = ({ key, input, onHost }: NodeType, source: Source): Source =>
  ({ ...(onHost ? { host: source.host } : {}), [input]: source[key] })
