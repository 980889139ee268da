import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** `Expect: 100-continue` is answered when somebody reads the body, and not by Node at once: who is refused need not send it. */
export function addContinue (app: FastifyInstance): void {
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => { app.routing(request, response) })
}

/** Whether the client keeps its body until it is told to send it. As Node reads it; HTTP/1.0 knows no such answer. */
export const awaitsContinue = ({ continued, headers: { expect }, raw: { httpVersion } }: FastifyRequest): boolean =>
  expect !== undefined && !continued && httpVersion !== '1.0' && /(?:^|\W)100-continue(?:$|\W)/i.test(expect)

/** What is to be done when the body is first read; undefined where the client waits for nothing. */
export function continuing (request: FastifyRequest, { raw }: FastifyReply): (() => void) | undefined {
  if (!awaitsContinue(request)) return undefined
  return () => {
    request.continued = true
    if (!raw.headersSent) raw.writeContinue()
  }
}
