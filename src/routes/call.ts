import type { FastifyRequest } from 'fastify'
import type { Client } from '../model/caller.js'
import type { Surface } from '../model/kinds.js'
import type { Call } from '../operation/context.js'
import type { Services } from '../model/services.js'
import { isGone } from './http/http2.js'

/** What `invoke()` is told of a request: who calls, from where, and when to let go. */
export function callOf (request: FastifyRequest, surface: Surface): Call & Services {
  request.atDoor = true
  const { services, shutdown, tokens } = request.server
  return { ...services, requestId: request.id, surface, actor: request.actor, client: clientOf(request), signal: signalOf(request), shutdown, tokens }
}

/** Looked at once: a stream of HTTP/2 that is over does not know any more from where it came. */
export function clientOf (request: FastifyRequest): Client {
  request.client ??= readClient(request)
  return request.client
}

function readClient (request: FastifyRequest): Client {
  const userAgent = request.headers['user-agent']?.slice(0, 256)
  // Who comes over a unix socket has no address; Fastify's types do not say so.
  const address = (request.ip as string | undefined) ?? 'unix'
  return { address, port: request.socket.remotePort, ...(userAgent === undefined ? {} : { userAgent }) }
}

/** One for all: making an error, with its stack, for every request that has its answer is not free. */
const LEFT = new DOMException('the caller has left, or has its answer', 'AbortError')

/** Aborted when the caller has left, or has its answer, or the gateway shuts down. */
function signalOf ({ response, server: { shutdown } }: FastifyRequest): AbortSignal {
  const controller = new AbortController()
  const leave = () => {
    shutdown.removeEventListener('abort', leave)
    controller.abort(LEFT)
  }
  if (shutdown.aborted || isGone(response)) leave()
  else shutdown.addEventListener('abort', leave, { once: true })
  response.once('close', leave)
  return controller.signal
}
