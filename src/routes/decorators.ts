import { setMaxListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Ticket } from '../auth/tickets.js'
import type { Actor, Client, TokenSigner } from '../model/caller.js'
import type { AnyOperation } from '../operation/define.js'
import type { Services } from '../model/services.js'
import type { HttpTimeouts } from './http/timeouts.js'
import type { RequestBody } from './http/request-body.js'

declare module 'fastify' {
  interface FastifyInstance {
    services: Services
    tokens: TokenSigner
    /** Aborted when the gateway begins to shut down. */
    shutdown: AbortSignal
    deadlines: HttpTimeouts
  }

  interface FastifyRequest {
    /** Who signed in, if anyone. */
    actor: Actor | null
    /** What they came in with, if not with a token. */
    ticket: Ticket | null
    /** Whether the call came to an operation, which then records it. */
    atDoor: boolean
    /** What the answer is written to; closed when the caller has it or has left. */
    response: ServerResponse
    /** What was opened before a socket's 101. */
    opened: Readable | null
    /** Its body, where it has one that is read. */
    bodyRead: RequestBody | null
    /** Where it comes from. */
    client: Client | null
    /** Whether it was told `100 Continue`. */
    continued: boolean
  }

  interface FastifyContextConfig {
    operation?: AnyOperation
    /** Which of the operation's addresses. */
    path?: string
    public?: boolean
    /** Whether the address speaks WebSocket as well. */
    websocket?: boolean
  }
}

/** Declares what requests and the server carry, so that their shapes never change. */
export function decorate (app: FastifyInstance, services: Services): void {
  const shutdown = new AbortController()
  // Every call and stream listens until it is over.
  setMaxListeners(0, shutdown.signal)
  app.decorate('services', services)
  app.decorate('shutdown', shutdown.signal)
  app.addHook('preClose', async () => { shutdown.abort() })
  app.decorateRequest('actor', null)
  app.decorateRequest('ticket', null)
  app.decorateRequest('atDoor', false)
  app.decorateRequest('opened', null)
  app.decorateRequest('bodyRead', null)
  app.decorateRequest('client', null)
  app.decorateRequest('continued', false)
  app.decorateRequest('response')
}
