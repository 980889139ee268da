import { getOperationAST, GraphQLError, type ExecutionResult } from 'graphql'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, invalidInput, unauthenticated } from '../lib/errors.js'
import type { Call } from '../operation/context.js'
import type { Services } from '../model/services.js'
import { checkDocument, checkSource } from './document.js'
import { documentErrors, formatError, refusal, Refused } from './errors.js'
import type { GraphqlOptions } from './options.js'
import { notPersisted, PersistedDocuments } from './persisted.js'
import type { GraphqlRequest } from './request.js'

/** What the document is run with. */
interface DocumentContext {
  readonly call: () => Call & Services
  readonly operationName: string | undefined
  /** Whether it may only read. */
  readonly readOnly: boolean
  /** Told by the hook, which has a copy of this. */
  readonly found: { writes: boolean }
}

/** Puts the checks of limits before mercurius' own reading of a document. */
export function guardDocuments (app: FastifyInstance): void {
  app.graphql.addHook('preParsing', async (_, source) => checkSource(source))
  app.graphql.addHook('preValidation', async (_, document) => checkDocument(document))
  app.graphql.addHook('preExecution', async (_, document, context) => {
    const asked = context as unknown as DocumentContext
    const operation = getOperationAST(document, asked.operationName)?.operation
    if (operation === 'subscription') throw new Refused([new GraphQLError('subscriptions go over WebSocket, with the subprotocol graphql-transport-ws')])
    if (operation !== 'mutation' || !asked.readOnly) return
    asked.found.writes = true
    const originalError = new Failure('method-not-allowed', 'mutations are sent by POST; GET is for queries')
    throw new Refused([new GraphQLError(originalError.detail, { originalError })])
  })
}

/** What answers GET and POST: 200 once the document ran, 400 where it did not come to that. */
export function graphqlAnswerer (app: FastifyInstance, options: GraphqlOptions) {
  const persisted = new PersistedDocuments()
  return (read: (request: FastifyRequest) => GraphqlRequest, readOnly: boolean) => async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (request.actor === null) throw unauthenticated('this call needs a token: send "Authorization: Bearer …"')
    const asked = read(request)
    const query = persisted.find(asked)
    if (query === undefined) return await sendResult(request, reply, { errors: [notPersisted()] })
    const context: DocumentContext = { call: once(() => options.contextOf(request, 'graphql')), operationName: asked.operationName, readOnly, found: { writes: false } }
    const { data, errors } = await settled(app.graphql(query, context as unknown as Record<string, unknown>, asked.variables, asked.operationName))
    if (data === undefined) refuse(request, reply, options)
    else persisted.keep(asked)
    if (context.found.writes) reply.code(405).header('Allow', 'POST')
    const shown = errors?.map(error => formatError(error, request.id, cause => request.log.error({ err: cause }, 'a GraphQL field failed')))
    return await sendResult(request, reply, { ...(data === undefined ? {} : { data }), ...(shown === undefined ? {} : { errors: shown }) })
  }
}

const RESPONSE = 'application/graphql-response+json'

/** As the type that was asked for: under the newer one, clients read the errors of an answer that is not 200 as well. */
async function sendResult ({ headers: { accept = '' } }: FastifyRequest, reply: FastifyReply, result: object): Promise<FastifyReply> {
  reply.type(`${accept.toLowerCase().includes(RESPONSE) ? RESPONSE : 'application/json'}; charset=utf-8`)
  return await reply.header('Cache-Control', 'no-store').send(JSON.stringify(result))
}

/** What can be said before there is a document: as a GraphQL answer, too, since it is a GraphQL client that reads it. */
export function graphqlErrorHandler (options: GraphqlOptions) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!isFaultOfBody(error)) throw error
    refuse(request, reply, options)
    const failure = error instanceof Failure ? error : invalidInput('the body must be JSON, sent as application/json')
    const wrapped = new GraphQLError(failure.message, { originalError: failure })
    return await sendResult(request, reply, { errors: [formatError(wrapped, request.id, () => {})] })
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

function once<T> (make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
