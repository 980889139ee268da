import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { failureOf, unauthenticated } from '../lib/errors.js'
import type { Authenticate } from './authenticate.js'
import { clientOf } from './call.js'
import { authenticateTicket, ticketIn } from './tickets.js'

/**
 * Who may come in without a token, by route: the operations that say so themselves (a closed list of the registry's),
 * and what stands here. Whatever is not listed needs a token, an address that does not exist included.
 */
const PUBLIC = new Set(['/', '/healthz', '/readyz', '/openapi.json', '/openapi.yaml', '/docs', '/docs/*', '/graphiql', '/graphiql/*', '/examples', '/examples/*'])

/** The one hook that guards everything. */
export function addAuthentication (app: FastifyInstance, authenticate: Authenticate): void {
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    request.response = reply.raw
    reply.header('X-Request-Id', request.id)
    const { authorization } = request.headers
    const { address } = clientOf(request)
    const open = isPublicRoute(request)
    const ticket = ticketIn(request)
    if (ticket !== undefined) await authenticateTicket(request, ticket, authenticate)
    else if (authorization !== undefined && (!open || isGraphqlUpgrade(request))) request.actor = await authenticate(authorization, address)
    else if (authorization !== undefined) request.actor = await authenticate(authorization, address).catch(onlyRefused)
    else if (!open) throw unauthenticated('this address needs a token: send "Authorization: Bearer …", which POST /api/v1/auth/login gives')
  })
}

function isPublicRoute (request: FastifyRequest): boolean {
  const { url, config } = request.routeOptions
  if (request.is404) return false
  return config.public === true || (url !== undefined && PUBLIC.has(url)) || isGraphqlUpgrade(request)
}

/** It says who it is in its first message, or is closed. */
const isGraphqlUpgrade = (request: FastifyRequest): boolean => request.ws && request.routeOptions.url === '/graphql'

/** Where nobody need sign in, a token that is no good is as good as none. */
function onlyRefused (error: unknown): null {
  if (failureOf(error).code === 'unauthenticated') return null
  throw error
}
