import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, type Code } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import { pathsOf, type Registry } from '../operation/registry.js'
import { clientOf } from './call.js'
import { requestFailure, sendProblem } from './problem.js'
import { PREFIX } from './rest.js'

/** Answers every error with a problem, and records what was refused before it came to an operation. */
export function addRefusals (app: FastifyInstance, registry: Registry): void {
  app.setErrorHandler(async (error, request, reply) => {
    // What came to an operation is in the audit log already.
    if (!request.atDoor) recordRefusal(request, requestFailure(error))
    await sendProblem(request, reply, error)
  })
  app.setNotFoundHandler(async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0]?.replace(/(.)\/$/, '$1') ?? ''
    const allowed = methodsAt(registry, path)
    if (allowed.length === 0) throw new Failure('not-found', `there is nothing at ${request.method} ${path}; /docs lists what there is`)
    reply.header('Allow', allowed.join(', '))
    throw new Failure('method-not-allowed', `${request.method} is not for this address; it takes ${allowed.join(', ')}`)
  })
}

/**
 * What no route can be found for because its address can't be read. No hook runs for it, the WebSocket plugin's own
 * cleaning up neither: a socket that asked for an upgrade has no parser and no time limit any more, and would stay.
 */
export function refuseUnreadable (error: Error, request: FastifyRequest, reply: FastifyReply): void {
  if (request.raw.headers.upgrade !== undefined) reply.raw.once('finish', () => request.raw.socket.destroy())
  recordRefusal(request, requestFailure(error))
  void sendProblem(request, reply, error)
}

/** Records what was refused before it came to an operation. */
export function recordRefusal (request: FastifyRequest, { code }: Failure): void {
  const { operation } = request.routeOptions.config
  // Whatever Fastify refuses before a route is found has none of our decorations.
  request.server.services.metrics.refused(code)
  const { actor = null, ws = false } = request as Partial<Pick<FastifyRequest, 'actor' | 'ws'>>
  request.server.services.journal.noteRefusal({
    id: newId(),
    stage: 'denied',
    requestId: request.id,
    surface: request.routeOptions.url === '/graphql' ? 'graphql' : ws ? 'ws' : 'rest',
    actor: actor === null ? null : { id: actor.id, username: actor.username, credential: `${actor.credential.kind}:${actor.credential.id}` },
    client: clientOf(request),
    operation: operation?.name ?? null,
    class: operation?.class ?? null,
    host: null,
    target: null,
    input: {},
    decision: { effect: 'deny', rule: code satisfies Code },
    outcome: { code, durationMs: 0 }
  })
}

function methodsAt (registry: Registry, path: string): string[] {
  const fits = (template: string) => new RegExp(`^${PREFIX}${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  return [...new Set([...registry].flatMap(operation => pathsOf(operation).filter(fits).map(() => operation.method)))]
}
