import type { FastifyInstance } from 'fastify'
import { clientOf } from '../call.js'

/** Asked every few seconds by what watches the gateway: each a line would hide all others. */
const WATCHED = new Set(['/healthz', '/readyz', '/metrics'])

/** A line for each answer. What stands in it is listed here; a query may hold a ticket and is never logged. */
export function addLogging (app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const level = WATCHED.has(request.routeOptions.url ?? '') && reply.statusCode < 500 ? 'debug' : 'info'
    request.log[level]({
      method: request.method,
      route: request.routeOptions.url ?? null,
      operation: request.routeOptions.config.operation?.name,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      user: request.actor?.username,
      address: clientOf(request).address
    }, 'answered')
  })
}
