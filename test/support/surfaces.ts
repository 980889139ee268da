import { buildClientSchema, getIntrospectionQuery, getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isUnionType, type GraphQLInterfaceType, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema, type GraphQLType } from 'graphql'
import type { AnyOperation } from '../../src/operation/define.js'
import { fillPath, fitsJob, inputPlace, isStream, needsLink, pathNames } from '../../src/operation/define.js'
import { graphqlField } from '../../src/operation/graphql-field.js'
import { graphqlRoot, offeredOn } from '../../src/operation/registry.js'
import { enumName } from '../../src/graphql/names.js'
import { Client, endOf, ndjson, type Answer } from './client.js'
import { bare, jsonSchema, type JsonSchema } from '../../src/graphql/json-schema.js'
import { NodeTypes } from '../../src/graphql/nodes/node-types.js'
import { Job } from '../../src/jobs/job.js'
import { operations } from '../../src/operations/index.js'
import { UPLOADS, archive } from './examples.js'

/** What came back, whatever the surface: a value, or the code of a refusal. */
export interface Outcome { readonly code: string, readonly value?: unknown, readonly status?: number }

type Input = Readonly<Record<string, unknown>>
export type Call = (client: Client, operation: AnyOperation, input: Input) => Promise<Outcome>

/** Every surface that carries an operation, by name. */
export function surfacesOf (operation: AnyOperation): Record<string, Call> {
  const live = operation.output.shape === 'channel' || (operation.output.shape === 'events' && operation.class === 'read')
  return {
    // Without an upgrade a channel's address has nothing to say.
    ...(offeredOn(operation, 'rest') && operation.output.shape !== 'channel' ? { rest: callRest } : {}),
    ...(live ? { ws: callSocket } : {}),
    ...(fitsJob(operation) ? { 'rest job': callJob } : {}),
    ...(offeredOn(operation, 'graphql') ? { graphql: callGraphql } : {})
  }
}

async function callRest (client: Client, operation: AnyOperation, input: Input): Promise<Outcome> {
  return outcomeOf(operation, await sendRest(client, operation, input))
}

function outcomeOf (operation: AnyOperation, answer: Answer): Outcome {
  if (answer.status >= 400) return { code: answer.body.code, status: answer.status }
  return { code: 'ok', status: answer.status, value: valueOf(operation, answer) }
}

export async function sendRest (client: Client, operation: AnyOperation, input: Input, headers: Record<string, string> = {}): Promise<Answer> {
  const { path, rest } = addressed(operation, input)
  return inputPlace(operation) === 'query' ? await sendAt(client, operation, path + queryOf(rest), undefined, headers) : await sendAt(client, operation, path, rest, headers)
}

/** To an address that has all inputs but the body. */
async function sendAt (client: Client, operation: AnyOperation, path: string, body?: Input, headers: Record<string, string> = {}): Promise<Answer> {
  if (operation.upload === undefined) return await client.send(operation.method, path, body, headers)
  return await client.upload(operation.method, path, new Uint8Array((UPLOADS[operation.name] ?? archive)()), headers)
}

async function callJob (client: Client, operation: AnyOperation, input: Input): Promise<Outcome> {
  const { status, body } = await sendRest(client, operation, input, { prefer: 'respond-async' })
  return status === 202 ? await endOfJob(client, body) : { code: body.code, status }
}

/** What became of a job: the last that it tells. */
export async function endOfJob (client: Client, { id }: { id: string }): Promise<Outcome> {
  const { text } = await client.get(`/jobs/${id}/events`)
  const last = ndjson(text).at(-1)
  return last?.type === 'end' ? { code: 'ok', value: [last] } : { code: last?.problem.code }
}

function valueOf ({ output }: AnyOperation, { status, headers, text, body }: Answer): unknown {
  if (output.shape === 'events') return ndjson(text)
  if (output.shape === 'bytes') return { contentType: headers.get('content-type'), bytes: text.length }
  return status === 204 ? true : body
}

async function callSocket (client: Client, operation: AnyOperation, input: Input): Promise<Outcome> {
  const { path, rest } = addressed(operation, input)
  return await openAt(client, operation, path + queryOf(rest))
}

const openAt = async (client: Client, operation: AnyOperation, path: string): Promise<Outcome> =>
  operation.output.shape === 'channel' ? await visitAt(client, operation, path) : await followAt(client, path)

/** Opens a channel, and leaves again: a container as it is, and an exec ended, so that the gateway need not do it later. */
async function visitAt (client: Client, { target }: AnyOperation, path: string): Promise<Outcome> {
  const socket = client.socket(path)
  socket.once('open', () => { if (target === 'exec') socket.send(END_OF_INPUT); else socket.close() })
  const { code, reason } = await endOf(socket)
  return code === 1005 || reason === 'exit 0' ? { code: 'ok', value: true } : { code: reason, status: code }
}

/** Typed at a terminal. */
const END_OF_INPUT = '\u0004'

async function followAt (client: Client, path: string): Promise<Outcome> {
  const { code, reason, messages } = await client.follow(path)
  return code === 1000 ? { code: 'ok', value: messages } : { code: reason, status: code }
}

/** A list may also be asked across hosts: its `host` is then no part of the path. */
function addressed (operation: AnyOperation, input: Input): { path: string, rest: Input } {
  const path = operation.acrossHosts !== undefined && typeof input.host !== 'string' ? operation.acrossHosts : operation.path
  const named = pathNames(path)
  return { path: fillPath(path, input), rest: Object.fromEntries(Object.entries(input).filter(([name]) => !named.includes(name))) }
}

export function queryOf (input: Input): string {
  const pairs = Object.entries(input).flatMap(([name, value]): Array<[string, string]> => {
    if (Array.isArray(value)) return value.map(item => [name, String(item)])
    if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, item]) => [name, `${key}=${String(item)}`])
    return [[name, String(value)]]
  })
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

async function callGraphql (client: Client, operation: AnyOperation, input: Input): Promise<Outcome> {
  const field = graphqlField(operation)
  const document = await documentOf(client, operation, input)
  if (needsLink(operation)) return await callLink(client, operation, document, field)
  if (isStream(operation.output) && !fitsJob(operation)) return await subscribe(client, document, field)
  const { data, errors, code } = await client.graphql(document)
  if (code !== undefined) return { code }
  if (errors.length > 0) return { code: errors[0].extensions.code }
  return fitsJob(operation) ? await endOfJob(client, data[field]) : { code: 'ok', value: withoutNulls(data[field]) }
}

/** Whoever has a link needs nothing else. */
async function callLink (client: Client, operation: AnyOperation, document: string, field: string): Promise<Outcome> {
  const { data, errors, code } = await client.graphql(document)
  if (code !== undefined) return { code }
  if (errors.length > 0) return { code: errors[0].extensions.code }
  const { url, method } = data[field]
  if (method !== operation.method) throw new Error(`the link of ${operation.name} says ${method}`)
  const nobody = new Client(client.url)
  return operation.output.shape === 'channel' ? await openAt(nobody, operation, url) : outcomeOf(operation, await sendAt(nobody, operation, url))
}

async function subscribe (client: Client, query: string, field: string): Promise<Outcome> {
  const subscriptions = client.subscriptions()
  try {
    const items: unknown[] = []
    for await (const { data, errors } of subscriptions.iterate<Record<string, unknown>>({ query })) {
      if (errors !== undefined) return { code: String(errors[0]?.extensions?.code) }
      items.push(withoutNulls(data?.[field]))
    }
    return { code: 'ok', value: items }
  } catch (error) {
    return { code: codeOf(error) }
  } finally { await subscriptions.dispose() }
}

/** A subscription that is refused throws the errors, a socket that is refused an event. */
function codeOf (error: unknown): string {
  if (Array.isArray(error)) return String(error[0]?.extensions?.code)
  const { message = '', reason = '' } = error as { message?: string, reason?: string }
  return reason !== '' ? reason : /401/.test(message) ? 'unauthenticated' : message
}

let schema: GraphQLSchema | undefined

/** Schemas are for those who signed in; the shape of a document is not what is tested with anybody else. */
export async function learnSchema (admin: Client): Promise<void> {
  schema = buildClientSchema((await admin.graphql(getIntrospectionQuery())).data)
}

async function documentOf (_client: Client, operation: AnyOperation, input: Input): Promise<string> {
  if (schema === undefined) throw new Error('learn the schema first')
  const root = graphqlRoot(operation)
  const name = graphqlField(operation)
  const field = rootField(schema, root, name)
  const args = Object.entries(input).map(([key, value]) => `${key}: ${literal(value, argumentType(field.args, key))}`)
  return `${root.toLowerCase()} { ${name}${args.length === 0 ? '' : `(${args.join(', ')})`}${selection(field.type, answerOf(operation))} }`
}

function rootField (schema: GraphQLSchema, root: string, name: string) {
  const type = schema.getType(root)
  const field = isObjectType(type) ? type.getFields()[name] : undefined
  if (field === undefined) throw new Error(`GraphQL has no ${root}.${name}`)
  return field
}

const argumentType = (args: ReadonlyArray<{ name: string, type: GraphQLType }>, name: string): GraphQLNamedType | undefined => {
  const found = args.find(arg => arg.name === name)
  return found === undefined ? undefined : getNamedType(found.type)
}

const namedTypeOf = (field: { type: GraphQLType } | undefined): GraphQLNamedType | undefined => field === undefined ? undefined : getNamedType(field.type)

/** Maps are scalars and take any literal; the keys of ours are names. */
function literal (value: unknown, type: GraphQLNamedType | undefined): string {
  if (Array.isArray(value)) return `[${value.map(item => literal(item, type)).join(', ')}]`
  if (isEnumType(type)) return enumName(String(value))
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(type) ? type.getFields() : {}
    return `{ ${Object.entries(value).map(([key, item]) => `${key}: ${literal(item, namedTypeOf(fields[key]))}`).join(', ')} }`
  }
  return JSON.stringify(value)
}

/** All that an operation answers, under the names of its own schema: REST and GraphQL are held against one another. */
function selection (type: GraphQLType, schema: JsonSchema, depth = 0): string {
  const named = getNamedType(type)
  const told = itemOf(schema)
  if (isUnionType(named)) {
    const members = named.getTypes().map((member, at) => `... on ${member.name}${selection(member, told.anyOf?.[at] ?? {}, depth + 1)}`)
    return ` { __typename ${members.join(' ')} }`
  }
  if (!isObjectType(named) && !isInterfaceType(named)) return ''
  if (depth > 6) return ' { __typename }'
  return ` { ${Object.entries(told.properties ?? {}).map(([key, property]) => propertyOf(named, told, { key, property }, depth)).join(' ')} }`
}

function propertyOf (type: GraphQLObjectType | GraphQLInterfaceType, schema: JsonSchema, { key, property }: { key: string, property: JsonSchema }, depth: number): string {
  const name = nodes.fieldName(key, property, schema, type.name)
  const field = type.getFields()[name]
  if (field === undefined) throw new Error(`${type.name} has no ${name}`)
  return `${name === key ? '' : `${key}: `}${name}${selection(field.type, property, depth + 1)}`
}

const nodes = new NodeTypes(operations)

const itemOf = (schema: JsonSchema): JsonSchema => {
  const plain = bare(schema)
  return plain.items === undefined ? plain : itemOf(plain.items)
}

/** What a field answers: a job where the operation is one, and a link where it is to be called elsewhere. */
function answerOf (operation: AnyOperation): JsonSchema {
  if (fitsJob(operation) && !needsLink(operation)) return jsonSchema(Job)
  const { output } = needsLink(operation) ? operations.get('session.ticket') ?? operation : operation
  return output.shape === 'value' || output.shape === 'events' ? jsonSchema(output.schema) : {}
}

/** GraphQL says null for what REST leaves out. */
function withoutNulls (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([key, item]) => item !== null && key !== '__typename').map(([key, item]) => [key, withoutNulls(item)]))
}
