import type {} from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { ExecutionResult } from 'graphql'
import mercurius from 'mercurius'
import type {} from '../routes/decorators.js'
import { parseOptions } from './document.js'
import { graphqlAnswerer, graphqlErrorHandler, guardDocuments, requireJson } from './http.js'
import type { GraphqlOptions } from './options.js'
import { requestOfBody, requestOfQuery } from './request.js'
import { buildSchema } from './schema.js'
import { graphqlSocket } from './socket.js'

const PATH = '/graphql'

/**
 * GraphQL over HTTP and, where @fastify/websocket is registered (before this), over WebSocket at the same address.
 *
 * mercurius reads, keeps and runs the documents. The routes are our own: its HTTP route takes more than the contract
 * (other media types), and its WebSocket neither validates subscriptions nor ends a connection that nobody signs
 * in on.
 */
export async function registerGraphql (app: FastifyInstance, options: GraphqlOptions): Promise<void> {
  const schema = buildSchema(options.registry)
  await app.register(mercurius, {
    schema,
    routes: false,
    jit: 0,
    cache: 100,
    graphql: { parseOptions },
    // Errors are formatted once, by the route; until then they keep their causes.
    errorFormatter: result => ({ statusCode: 200, response: result as ExecutionResult })
  })
  guardDocuments(app)
  const answered = graphqlAnswerer(app, options)
  const errorHandler = graphqlErrorHandler(options)
  app.route({ method: 'POST', url: PATH, preParsing: requireJson, errorHandler, handler: answered(requestOfBody, false) })
  // Whoever asks has a token in `Authorization`, which no page of another origin can send without a preflight.
  app.route({ method: 'GET', url: PATH, errorHandler, handler: answered(requestOfQuery, true), wsHandler: graphqlSocket(schema, options) })
}
