import type { ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, invalidInput, kinds } from '../../lib/errors.js'
import { newId } from '../../lib/ids.js'
import { problemOf } from '../../lib/problem.js'
import { TRANSFER_BYTES } from '../../lib/transfer.js'
import { continuing } from './continue.js'
import { isWithoutBody } from './http2.js'
import { RequestBody } from './request-body.js'
import { addUnreadBodies } from './unread-body.js'

/** How long a client may take. */
export interface HttpTimeouts {
  /** For a whole body that is read before anything is done. */
  readonly bodyMs: number
  /** Within an upload, without a byte while the gateway waits for one. Shorter than what the engine is given. */
  readonly idleMs: number
  /** For the rest of a body that nobody wants, behind the answer. */
  readonly lingerMs: number
  /** To take anything of what waits for it at a WebSocket. */
  readonly takeMs: number
}

export const HTTP_TIMEOUTS: HttpTimeouts = { bodyMs: 60_000, idleMs: 30_000, lingerMs: 10_000, takeMs: 30_000 }

/** What comes beyond is closed at once: descriptors are left for engines and the store. */
const CONNECTIONS = 10_000
const URL_CHARACTERS = 8 * 1024
/** How long a connection may be there without a request. */
export const KEEP_ALIVE_MS = 72_000

/** For the making of the server. No limit for whole requests: an upload takes as long as it takes. */
export const serverLimits = {
  /** From the first moment of a connection, or of a request, to the end of its headers. */
  headersTimeout: 20_000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
  highWaterMark: TRANSFER_BYTES
} as const satisfies ServerOptions

/** Nobody holds a connection by being slow: not with a body, not with an upload, not with what nobody wants to read. */
export function addHttpTimeouts (app: FastifyInstance, deadlines: HttpTimeouts = HTTP_TIMEOUTS): void {
  const { bodyMs, idleMs, lingerMs } = deadlines
  app.decorate('deadlines', deadlines)
  app.server.maxConnections = CONNECTIONS
  app.addHook('onRequest', async ({ raw: { url = '' } }) => {
    if (url.length > URL_CHARACTERS) throw new Failure('too-large', `the address has ${url.length} characters, and ${URL_CHARACTERS} are the most`)
  })
  app.addHook('preParsing', async (request, reply, payload: Readable) => {
    if (!hasBody(request, reply)) return payload
    const body = new RequestBody(payload, continuing(request, reply))
    request.bodyRead = body
    // Behind the answer nobody reads it any more: its time ends, too.
    reply.raw.once('close', () => body.destroy())
    return request.routeOptions.config.operation?.upload === undefined ? body.within(bodyMs) : body.flowing(idleMs)
  })
  addUnreadBodies(app, lingerMs)
}

const hasBody = ({ method, headers }: FastifyRequest, { raw }: FastifyReply): boolean =>
  method !== 'GET' && (isWithoutBody(raw) === false || headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)

/** What Node could not read as a request at all, in the words of every other answer. */
export const unreadableAnswerer = (lingerMs: number) => (error: FastifyError, socket: Socket): void => {
  if (error.code === 'ECONNRESET') { socket.destroy(error); return }
  // It comes here with whatever is sent behind that as well.
  if (!socket.writable) return
  const failure = unreadable(error)
  const body = JSON.stringify(problemOf(failure, newId()))
  socket.end(`HTTP/1.1 ${failure.status} ${kinds[failure.code].title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  // Not at once: bytes on their way would have the system throw the answer away.
  const timer = setTimeout(() => { socket.destroy() }, lingerMs).unref()
  socket.once('close', () => clearTimeout(timer))
}

function unreadable ({ code }: FastifyError): Failure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Failure('too-slow', `the headers did not arrive within ${serverLimits.headersTimeout / 1000} seconds`)
  if (code === 'HPE_HEADER_OVERFLOW') return new Failure('too-large', `the headers are larger than ${serverLimits.maxHeaderSize} bytes`)
  return invalidInput('this is not a request of HTTP/1.1 that can be read')
}
