import type { FastifyRequest } from 'fastify'
import { GraphQLError, type ExecutionArgs, type GraphQLSchema } from 'graphql'
import { CloseCode, makeServer, type Context, type Server, type SubscribePayload } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { Failure, failureOf, unauthenticated } from '../lib/errors.js'
import type { Actor } from '../model/caller.js'
import type { Call } from '../operation/context.js'
import { SLOW_MS, tooSlow } from '../operation/events.js'
import { clientOf } from '../routes/call.js'
import { keepAlive } from '../routes/http/keep-alive.js'
import type { Services } from '../model/services.js'
import type { GraphqlContext } from './context.js'
import { readDocument } from './document.js'
import { documentErrors, formatError, refusal } from './errors.js'
import type { GraphqlOptions } from './options.js'
import { closeSoon } from '../routes/goodbye.js'

/** How long a client may take to say who it is. */
const SIGN_IN_MS = 3000
/** How long a socket that is ended may take for what was sent before. */
const LAST_MS = 500
/** Operations of one socket under way at the same time. */
const AT_ONCE = 100

/** One socket. */
interface Session {
  readonly request: FastifyRequest
  /** Aborted when the socket is gone or the gateway shuts down. */
  readonly left: AbortController
  /** What `invoke()` is told of all calls of this socket, but for who calls. */
  call: (Call & Services) | undefined
  /** What the client proves itself with, looked at again for every operation: tokens run out while sockets live. */
  authorization: string | undefined
  /** Ends the socket. */
  end: (failure: Failure) => void
}

type Connection = Context<Record<string, unknown> | undefined, Session>

/** GraphQL over WebSocket: `graphql-transport-ws`, spoken by its reference implementation. */
export function graphqlSocket (schema: GraphQLSchema, options: GraphqlOptions): (socket: WebSocket, request: FastifyRequest) => void {
  const server = serverFor(schema, options)
  return (socket, request) => {
    const session: Session = { request, left: new AbortController(), call: undefined, authorization: request.headers.authorization, end: (failure: Failure) => { closeFor(socket, session, failure, options) } }
    const closed = serve(server, socket, session, options)
    keepAlive(socket)
    socket.on('error', error => request.log.debug({ err: error }, 'a GraphQL socket failed'))
    socket.once('close', (code, reason) => {
      session.left.abort()
      closed(code, reason.toString()).catch((error: unknown) => request.log.error({ err: error }, 'a GraphQL socket did not let go'))
    })
  }
}

/** The library's view of a socket. What it closes with are its own codes; ours is 4401 for who did not sign in. */
function serve (server: Server<Session>, socket: WebSocket, session: Session, options: GraphqlOptions): ReturnType<Server<Session>['opened']> {
  const close = (code = 1000, reason = '') => {
    if (code === CloseCode.ConnectionInitialisationTimeout && session.authorization === undefined) closeFor(socket, session, unauthenticated('nobody signed in'), options)
    else socket.close(code, reason)
  }
  return server.opened({
    protocol: socket.protocol,
    send: data => sent(socket, data, session),
    close,
    onMessage: listener => socket.on('message', data => {
      // The promise lasts as long as the operation; what it fails with is not the operation's failure but the socket's.
      listener(String(data)).catch((error: unknown) => closeFor(socket, session, error, options))
    })
  }, session)
}

/** Settles when the bytes are on their way, so that a slow reader slows the stream. One that takes nothing is not waited for. */
const sent = (socket: WebSocket, data: string, { end }: Session) => new Promise<void>((resolve, reject) => {
  if (socket.readyState !== socket.OPEN) { resolve(); return }
  const timer = setTimeout(() => {
    end(tooSlow())
    closeSoon(socket, () => { socket.terminate() })
  }, SLOW_MS)
  socket.send(data, error => {
    clearTimeout(timer)
    if (error == null || socket.readyState !== socket.OPEN) resolve()
    else reject(error)
  })
})

function closeFor (socket: WebSocket, { request }: Session, error: unknown, { onRefused }: GraphqlOptions): void {
  const failure = failureOf(error)
  if (failure.code === 'unauthenticated') onRefused?.(request, failure)
  if (failure.code === 'internal') request.log.error({ err: error }, 'a GraphQL socket failed')
  socket.close(4000 + failure.status, failure.code)
}

function serverFor (schema: GraphQLSchema, options: GraphqlOptions): Server<Session> {
  const shown = ({ extra: { request } }: Connection, errors: readonly GraphQLError[]) =>
    errors.map(error => formatError(error, request.id, cause => request.log.error({ err: cause }, 'a GraphQL field failed')))
  return makeServer<Record<string, unknown> | undefined, Session>({
    connectionInitWaitTimeout: SIGN_IN_MS,
    onConnect: async connection => {
      const given = authorizationIn(connection.connectionParams)
      if (typeof given === 'string') connection.extra.authorization = given
      await actorOf(connection.extra, options)
    },
    onSubscribe: async (connection, _, payload) => await admitted(schema, connection, payload, options),
    onError: async (connection, _, __, errors) => shown(connection, errors),
    onNext: async (connection, _, __, ___, result) =>
      result.errors === undefined ? undefined : { ...result, errors: shown(connection, result.errors) }
  })
}

/** Like the header that it stands for, in any case. */
const authorizationIn = (params: Record<string, unknown> = {}): unknown =>
  Object.entries(params).find(([name]) => name.toLowerCase() === 'authorization')?.[1]

async function actorOf ({ authorization, request }: Session, { authenticate }: GraphqlOptions): Promise<Actor> {
  if (authorization === undefined) throw unauthenticated('send connection_init with {"authorization": "Bearer …"}')
  return await authenticate(authorization, clientOf(request).address)
}

type Admission = ExecutionArgs | GraphQLError[]

async function admitted (schema: GraphQLSchema, { extra: session, subscriptions }: Connection, payload: SubscribePayload, options: GraphqlOptions): Promise<Admission> {
  if (Object.keys(subscriptions).length > AT_ONCE) return [tooMany()]
  const actor = await actorOf(session, options)
  const { query, variables, operationName } = payload
  try {
    const document = readDocument(schema, query)
    return { schema, document, variableValues: variables, operationName, rootValue: {}, contextValue: contextFor(session, actor, options) }
  } catch (error) {
    const errors = documentErrors(error)
    if (errors === undefined) throw error
    options.onRefused?.(session.request, refusal())
    return [...errors]
  }
}

const tooMany = () => new GraphQLError('overloaded', {
  originalError: new Failure('overloaded', `this socket has ${AT_ONCE} operations under way; complete one first`)
})

function contextFor (session: Session, actor: Actor, options: GraphqlOptions): GraphqlContext {
  return {
    call: () => ({ ...callOf(session, options), actor }),
    // Whose session has ended has no business here any more; the item that says so goes first.
    onLast: last => { if (last.type === 'error' && last.problem.code === 'unauthenticated') setTimeout(() => { session.end(unauthenticated(last.problem.detail)) }, LAST_MS) }
  }
}

function callOf (session: Session, { contextOf }: GraphqlOptions): Call & Services {
  if (session.call !== undefined) return session.call
  const { left, request } = session
  const call = contextOf(request, 'graphql')
  const leave = () => left.abort()
  if (call.shutdown.aborted) leave()
  call.shutdown.addEventListener('abort', leave, { once: true })
  left.signal.addEventListener('abort', () => call.shutdown.removeEventListener('abort', leave), { once: true })
  session.call = { ...call, signal: left.signal }
  return session.call
}
