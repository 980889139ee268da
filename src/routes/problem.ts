import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, failureOf, type Code } from '../lib/errors.js'
import { problemOf } from '../lib/problem.js'
import { leftEarly } from '../model/streams.js'
import { isGone, isHttp2 } from './http/http2.js'

export const UNSUPPORTED = 'this address does not take a body of that type; send application/json, or what the documents name'

/** What Fastify itself refuses with, in our own words. */
const FASTIFY: Readonly<Record<string, readonly [Code, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', UNSUPPORTED],
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'the body is larger than this address takes'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-input', 'the body is not JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid-input', 'the body is not as long as Content-Length says'],
  FST_ERR_BAD_URL: ['invalid-input', 'the address cannot be read: check its percent-encoding']
}

/** Any error that came out of a request, as a failure. */
export function requestFailure (error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, statusCode } = error as Partial<FastifyError>
  const known = FASTIFY[code ?? '']
  if (known !== undefined) return new Failure(known[0], known[1], { cause: error })
  if (statusCode === 400) return new Failure('invalid-input', 'the request cannot be read: is the body JSON, without __proto__ or constructor in it?', { cause: error })
  if (statusCode === 413) return new Failure('too-large', 'the request is larger than this address takes', { cause: error })
  return failureOf(error)
}

/** Answers with a problem, and logs what must not be shown. */
export async function sendProblem (request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  const failure = requestFailure(error)
  if (leftEarly(failure.cause) && isGone(reply.raw)) {
    request.log.info({ operation: request.routeOptions.config.operation?.name }, 'the client left before there was an answer')
    reply.hijack()
    return
  }
  if (failure.status >= 500) request.log.warn({ code: failure.code, err: failure.cause ?? failure }, 'request failed')
  if (failure.retryAfterSeconds !== undefined) reply.header('Retry-After', failure.retryAfterSeconds)
  if (failure.code === 'unauthenticated') reply.header('WWW-Authenticate', 'Bearer realm="caisson"')
  // Of a connection whose upgrade was asked for and not made, Node drops what was sent behind: it ends.
  if (failure.code === 'upgrade-required' && !isHttp2(reply.raw)) reply.headers({ Upgrade: 'websocket', Connection: 'close' })
  await reply.code(failure.status).type('application/problem+json').send(problemOf(failure, request.id))
}
