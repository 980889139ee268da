import type { FastifyRequest } from 'fastify'
import type { Ticket } from '../auth/tickets.js'
import { unauthenticated } from '../lib/errors.js'
import { pathNames } from '../operation/define.js'
import { TICKET, takesTickets } from '../operation/registry.js'
import type { Authenticate } from './authenticate.js'
import { clientOf } from './call.js'

/** What stands in the query as a ticket; undefined where there is none, or the address is not one that takes any. */
export function ticketIn ({ query, routeOptions: { config } }: FastifyRequest): unknown {
  return config.operation === undefined || !takesTickets(config.operation) ? undefined : (query as Record<string, unknown>)[TICKET]
}

/**
 * Lets in whoever made the ticket. It is used up first: what it is not good for was tried with it all the same.
 * @throws `unauthenticated`, in the same words whatever is wrong with it
 */
export async function authenticateTicket (request: FastifyRequest, text: unknown, authenticate: Authenticate): Promise<void> {
  const { tickets, callers, metrics } = request.server.services
  const ticket = typeof text === 'string' ? tickets.take(text) : undefined
  const { authorization } = request.headers
  const other = authorization === undefined ? undefined : await authenticate(authorization, clientOf(request).address)
  if (ticket === undefined || !isFor(ticket, request) || (other !== undefined && other.id !== ticket.actor.id)) {
    metrics.invalidCredential('ticket')
    throw refused()
  }
  const maker = await callers.reauthenticate(ticket.actor)
  request.actor = { ...maker, credential: { kind: 'ticket', id: ticket.id, of: maker.credential } }
  request.ticket = ticket
}

/** Whether the request is for the very address that the ticket was made for. */
function isFor ({ operation, path, input }: Ticket, { params, routeOptions: { config } }: FastifyRequest): boolean {
  const fields = JSON.parse(input) as Record<string, unknown>
  return config.operation === operation && config.path === path && pathNames(path).every(name => (params as Record<string, unknown>)[name] === String(fields[name]))
}

const refused = () => unauthenticated('the ticket is not good here, or no longer: it is good once, for 30 seconds, at the url it was made with')
