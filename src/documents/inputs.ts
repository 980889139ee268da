import type { TObject } from 'typebox'
import { INCLUDES } from '../model/choice.js'
import { fitsJob, inputPlace, takesInputHeader, takesKey, type AnyOperation } from '../operation/define.js'
import { placeOf } from '../operation/registry.js'
import { inputName, pascal } from '../model/type-names.js'
import type { Components } from './components.js'
import { mapValues, type Json, type JsonObject } from './json.js'

/** What this looks at in the schema of an input. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: Json
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: object
  readonly items?: Schema
}

interface Input { readonly name: string, readonly schema: Schema, readonly required: boolean, readonly example: Json | undefined }

const INPUT_HEADER = 'Caisson-Input'

/** The inputs in the path, the query and the headers of one of an operation's addresses. */
export function parametersOf (operation: AnyOperation, path: string, components: Components): JsonObject[] {
  const inputs = inputsOf(operation)
  const inPath = inputs.filter(({ name }) => placeOf(operation, path, name) === 'path')
  const inQuery = inputs.filter(({ name, schema }) => placeOf(operation, path, name) === 'query' && fitsQuery(operation, name, schema))
  return [
    ...inPath.map(input => pathParameter(input, components)),
    ...inQuery.map(input => queryParameter(input, components)),
    ...(takesInputHeader(operation) ? [headerParameter(operation, inputs)] : []),
    ...(fitsJob(operation) ? [PREFER] : []),
    ...(takesKey(operation) ? [keyParameter(operation)] : [])
  ]
}

/** The body: the other inputs as JSON, under the name that the operation's input has, or the upload. */
export function requestBodyOf (operation: AnyOperation, path: string, components: Components): JsonObject | undefined {
  if (operation.upload !== undefined) {
    return { required: true, description: 'The stream itself, under any type that clients give a tar: `application/x-tar`, `application/tar`, `application/octet-stream` or none.', content: { [operation.upload]: { schema: { type: 'string', format: 'binary' } } } }
  }
  const inputs = inputsOf(operation).filter(({ name }) => placeOf(operation, path, name) === 'body')
  if (inputPlace(operation) === 'query' || inputs.length === 0) return undefined
  const schema = components.named(inputName(pascal(operation.name)), { ...bodySchema(operation, inputs, components), description: `What \`${operation.name}\` takes` })
  const example = Object.fromEntries(inputs.flatMap(({ name, example }) => example === undefined ? [] : [[name, example]]))
  return { required: inputs.some(({ required }) => required), content: { 'application/json': { schema, example } } }
}

/** All of what is included is in the body: it has no part in an address. */
function bodySchema (operation: AnyOperation, inputs: readonly Input[], components: Components): JsonObject {
  const { [INCLUDES]: whole } = operation.input as { [INCLUDES]?: TObject }
  if (whole === undefined) return { ...objectOf(inputs, components), additionalProperties: false }
  const own = inputs.filter(({ name }) => !(name in whole.properties))
  return { allOf: [components.schema(whole), objectOf(own, components)], unevaluatedProperties: false }
}

function objectOf (inputs: readonly Input[], components: Components): JsonObject {
  const required = inputs.filter(input => input.required).map(({ name }) => name)
  const properties = Object.fromEntries(inputs.map(({ name, schema }) => [name, components.property(schema)]))
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties }
}

function inputsOf (operation: AnyOperation): Input[] {
  const { properties, required } = operation.input as { properties?: Record<string, Schema>, required?: string[] }
  const example = operation.example as Record<string, Json | undefined>
  return Object.entries(properties ?? {}).map(([name, schema]) => ({
    name,
    schema,
    required: (required?.includes(name) ?? false) && schema.default === undefined,
    example: operation.secret?.includes(name) === true ? redacted(example[name]) : example[name]
  }))
}

/** Of the same shape, so that it still fits the schema. */
function redacted (secret: Json | undefined): Json | undefined {
  if (typeof secret === 'string') return '*'.repeat(secret.length)
  return typeof secret === 'object' && secret !== null && !Array.isArray(secret) ? mapValues(secret as JsonObject, redacted) : undefined
}

/** Secrets never stand in a query, and objects have no way to, nor have lists of them. */
const fitsQuery = ({ secret }: AnyOperation, name: string, schema: Schema): boolean =>
  !holdsObjects(schema) && secret?.includes(name) !== true

const holdsObjects = ({ properties, items }: Schema): boolean => properties !== undefined || items?.properties !== undefined

/** Of "one or several", a path takes one. */
const choice = (schema: Schema, isList: boolean): Schema => {
  const chosen = schema.anyOf?.find(({ type }) => (type === 'array') === isList)
  const offersList = schema.anyOf?.some(({ type }) => type === 'array')
  return chosen === undefined || offersList !== true ? schema : { ...chosen, description: isList ? schema.description : chosen.description ?? schema.description }
}

const exampled = (example: Json | undefined) => example === undefined ? {} : { example }

function pathParameter ({ name, schema, example }: Input, components: Components): JsonObject {
  const { description, ...rest } = choice(schema, false)
  return { name, in: 'path', required: true, ...words(description), schema: components.schema(rest), ...exampled(Array.isArray(example) ? example[0] : example) }
}

function queryParameter ({ name, schema, required, example }: Input, components: Components): JsonObject {
  const { description, ...rest } = choice(schema, true)
  if (rest.patternProperties !== undefined) return mapParameter(name, required, description)
  return {
    name,
    in: 'query',
    ...(required ? { required } : {}),
    ...words(description),
    ...(rest.type === 'array' ? { style: 'form', explode: true } : {}),
    schema: components.schema(rest),
    ...exampled(example)
  }
}

const mapParameter = (name: string, required: boolean, description = ''): JsonObject => ({
  name,
  in: 'query',
  ...(required ? { required } : {}),
  description: `${description}; each \`key=value\`, repeated`,
  style: 'form',
  explode: true,
  schema: { type: 'array', items: { type: 'string', pattern: '=' } }
})

function headerParameter ({ secret = [] }: AnyOperation, inputs: readonly Input[]): JsonObject {
  const only = inputs.filter(({ name, schema }) => secret.includes(name) || holdsObjects(schema)).map(({ name }) => `\`${name}\``)
  const rest = only.length === 0 ? '' : ` The only place for ${only.join(', ')}.`
  return {
    name: INPUT_HEADER,
    in: 'header',
    description: `Inputs that shall not stand in the address: base64url of a JSON object of any of this operation's inputs.${rest}`,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]*=*$' }
  }
}

const PREFER: JsonObject = {
  name: 'Prefer',
  in: 'header',
  description: 'With `respond-async` the call answers 202 with a job, which goes on when the client leaves; an upload is read in first.',
  schema: { type: 'string' }
}

const keyParameter = (operation: AnyOperation): JsonObject => ({
  name: 'Idempotency-Key',
  in: 'header',
  description: `A name of your own for this call, 1 to 255 visible ASCII characters, bare or as a quoted string. The same call under the same key is made once within 24 hours, and answered again.${fitsJob(operation) ? ' Goes with `Prefer: respond-async`: the job is given again.' : ''}${operation.upload === undefined ? '' : ' What is uploaded belongs to the call: a repeat has to send it again, and the engine hears nothing of that.'}`,
  schema: { type: 'string', minLength: 1, maxLength: 257 }
})

const words = (description: string | undefined) => description === undefined ? {} : { description }
