import type { FastifyReply, FastifyRequest } from 'fastify'

/** Whether the client keeps its body until it is told to send it. As Node reads it; HTTP/1.0 knows no such answer. */
export const awaitsContinue = ({ continued, headers: { expect }, raw: { httpVersion } }: FastifyRequest): boolean =>
  expect !== undefined && !continued && httpVersion !== '1.0' && /(?:^|\W)100-continue(?:$|\W)/i.test(expect)

/** `Expect: 100-continue` is answered when the body is first read, so that who is refused need not send it; undefined where the client waits for nothing. */
export function continuing (request: FastifyRequest, { raw }: FastifyReply): (() => void) | undefined {
  if (!awaitsContinue(request)) return undefined
  return () => {
    request.continued = true
    if (!raw.headersSent) raw.writeContinue()
  }
}
