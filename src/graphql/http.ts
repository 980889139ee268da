import { getOperationAST, GraphQLError, type ExecutionResult } from 'graphql'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, invalidField, invalidInput, unauthenticated } from '../errors.js'
import { checkDocument, checkSource } from './document.js'
import { documentErrors, formatError, refusal, Refused } from './errors.js'
import type { GraphqlOptions } from './plugin.js'

interface Body { readonly query: string, readonly variables?: Record<string, unknown>, readonly operationName?: string }

/** Puts the checks of limits before mercurius' own reading of a document. */
export function guardDocuments (app: FastifyInstance): void {
  app.graphql.addHook('preParsing', async (_, source) => checkSource(source))
  app.graphql.addHook('preValidation', async (_, document) => checkDocument(document))
  app.graphql.addHook('preExecution', async (_, document, context) => {
    const { operationName } = context as { operationName?: string }
    if (getOperationAST(document, operationName)?.operation !== 'subscription') return
    throw new Refused([new GraphQLError('subscriptions go over WebSocket, with the subprotocol graphql-transport-ws')])
  })
}

/** POST /graphql: 200 once the document ran, 400 where it did not come to that. */
export function graphqlPost (app: FastifyInstance, options: GraphqlOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (request.actor === null) throw unauthenticated('this call needs a token: send "Authorization: Bearer …"')
    const { query, variables, operationName } = bodyOf(request.body)
    const context = { call: once(() => options.contextOf(request, 'graphql')), operationName }
    const { data, errors } = await settled(app.graphql(query, context, variables, operationName))
    if (data === undefined) refuse(request, reply, options)
    const shown = errors?.map(error => formatError(error, request.id, cause => request.log.error({ err: cause }, 'a GraphQL field failed')))
    return { ...(data === undefined ? {} : { data }), ...(shown === undefined ? {} : { errors: shown }) }
  }
}

/** What can be said before there is a document: as a GraphQL answer, too, since it is a GraphQL client that reads it. */
export function graphqlErrorHandler (options: GraphqlOptions) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): unknown => {
    if (!isFaultOfBody(error)) throw error
    refuse(request, reply, options)
    const failure = error instanceof Failure ? error : invalidInput('the body must be JSON, sent as application/json')
    const wrapped = new GraphQLError(failure.message, { originalError: failure })
    return reply.send({ errors: [formatError(wrapped, request.id, () => {})] })
  }
}

/** A form can't send JSON without the browser asking first: whatever else is sent is turned away unread. */
export async function requireJson (request: FastifyRequest): Promise<void> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw invalidInput('the body must be JSON, sent as application/json')
}

function refuse (request: FastifyRequest, reply: FastifyReply, { onRefused }: GraphqlOptions): void {
  reply.code(400)
  onRefused?.(request, refusal())
}

function isFaultOfBody (error: unknown): boolean {
  if (error instanceof Failure) return error.code === 'invalid-input' || error.code === 'unsupported-media-type'
  return error instanceof Error && 'statusCode' in error && (error.statusCode === 400 || error.statusCode === 415)
}

async function settled (running: Promise<ExecutionResult>): Promise<ExecutionResult> {
  try { return await running } catch (error) {
    const errors = documentErrors(error)
    if (errors === undefined) throw error
    return { errors }
  }
}

function bodyOf (body: unknown): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidInput('the body must be one JSON object with a query; batches are not taken', [{ path: '', message: 'must be an object' }])
  }
  const { query, variables, operationName } = body as { [name: string]: unknown }
  if (typeof query !== 'string' || query === '') throw invalidField('query', 'must be a GraphQL document')
  if (!isAbsent(variables) && (typeof variables !== 'object' || Array.isArray(variables))) throw invalidField('variables', 'must be an object')
  if (!isAbsent(operationName) && typeof operationName !== 'string') throw invalidField('operationName', 'must be a string')
  return { query, variables: (variables ?? undefined) as Body['variables'], operationName: operationName ?? undefined }
}

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined

function once<T> (make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
