import type { FastifyInstance } from 'fastify'
import { clientOf } from './call.js'

/** A line for each answer. What stands in it is listed here; a query may hold a ticket and is never logged. */
export function addLogging (app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({
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
