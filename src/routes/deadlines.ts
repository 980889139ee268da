import type { ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalidInput, kinds } from '../errors.js'
import { newId } from '../ids.js'
import { problemOf } from '../problem.js'
import { TRANSFER_BYTES } from '../transfer.js'

/** How long a client may take. */
export interface Deadlines {
  /** For a whole body that is read before anything is done. */
  readonly bodyMs: number
  /** Within an upload, without a byte while the gateway waits for one. Shorter than what the engine is given. */
  readonly idleMs: number
  /** For the rest of a body that nobody wants, behind the answer. */
  readonly lingerMs: number
  /** To take anything of what waits for it at a WebSocket. */
  readonly takeMs: number
}

export const DEADLINES: Deadlines = { bodyMs: 60_000, idleMs: 30_000, lingerMs: 10_000, takeMs: 30_000 }

/** What comes beyond is closed at once: descriptors are left for engines and the store. */
const CONNECTIONS = 10_000
const URL_CHARACTERS = 8 * 1024

/** For the making of the server. No limit for whole requests: an upload takes as long as it takes. */
export const serverLimits = {
  /** From the first moment of a connection, or of a request, to the end of its headers. */
  headersTimeout: 20_000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
  highWaterMark: TRANSFER_BYTES
} as const satisfies ServerOptions

/** Nobody holds a connection by being slow: not with a body, not with an upload, not with what nobody wants to read. */
export function addDeadlines (app: FastifyInstance, deadlines: Deadlines = DEADLINES): void {
  const { bodyMs, idleMs, lingerMs } = deadlines
  app.decorate('deadlines', deadlines)
  app.server.maxConnections = CONNECTIONS
  app.addHook('onRequest', async ({ raw: { url = '' } }) => {
    if (url.length > URL_CHARACTERS) throw new Failure('too-large', `the address has ${url.length} characters, and ${URL_CHARACTERS} are the most`)
  })
  app.addHook('preParsing', async (request, reply, payload: Readable) => {
    if (!hasBody(request)) return payload
    const body = request.routeOptions.config.operation?.upload === undefined ? whole(payload, bodyMs) : flowing(payload, idleMs)
    // Behind the answer nobody reads it any more: its time ends, too.
    reply.raw.once('close', () => body.destroy())
    return body
  })
  app.addHook('onResponse', async request => {
    if (!request.ws && !request.raw.complete) linger(request, lingerMs)
  })
}

const hasBody = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'GET' && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)

/** The same bytes, all of them within the time. */
function whole (payload: Readable, ms: number): Readable {
  const body = through(payload)
  const timer = setTimeout(() => { tooSlow(payload, body, `the body did not arrive within ${ms / 1000} seconds`) }, ms)
  body.once('close', () => clearTimeout(timer))
  return body
}

/** The same bytes, never long without one. Time in which the reader holds the sender up is not the sender's. */
function flowing (payload: Readable, ms: number): Readable {
  const body = through(payload)
  const timer = setTimeout(() => {
    if (body.writableNeedDrain) timer.refresh()
    else tooSlow(payload, body, `nothing of the upload arrived for ${ms / 1000} seconds`)
  }, ms)
  payload.on('data', () => timer.refresh())
  body.once('finish', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  return body
}

/** Not a pipeline: that would destroy the request with the body, and then no answer can be sent. */
function through (payload: Readable): PassThrough {
  const body = new PassThrough({ highWaterMark: TRANSFER_BYTES })
  // Who refuses a request does not read its body, and does not hear what becomes of it.
  body.on('error', () => {})
  const left = (cause?: unknown) => body.destroy(new DOMException('the client left within its body', { name: 'AbortError', cause }) as unknown as Error)
  payload.once('error', left)
  payload.once('close', () => { if (!payload.readableEnded) left() })
  body.once('close', () => payload.unpipe(body))
  return payload.pipe(body)
}

function tooSlow (payload: Readable, body: PassThrough, detail: string): void {
  payload.unpipe(body)
  body.destroy(new Failure('too-slow', detail))
}

/** A client reads its answer before it is cut off; who does not stop sending is cut off all the same. */
function linger ({ raw }: FastifyRequest, ms: number): void {
  const timer = setTimeout(() => { if (!raw.complete) raw.socket.destroy() }, ms).unref()
  raw.once('close', () => clearTimeout(timer))
}

/** What Node could not read as a request at all, in the words of every other answer. */
export function answerUnreadable (error: FastifyError, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const failure = unreadable(error)
    const body = JSON.stringify(problemOf(failure, newId()))
    socket.write(`HTTP/1.1 ${failure.status} ${kinds[failure.code].title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  socket.destroy(error)
}

function unreadable ({ code }: FastifyError): Failure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Failure('too-slow', `the headers did not arrive within ${serverLimits.headersTimeout / 1000} seconds`)
  if (code === 'HPE_HEADER_OVERFLOW') return new Failure('too-large', `the headers are larger than ${serverLimits.maxHeaderSize} bytes`)
  return invalidInput('this is not a request of HTTP/1.1 that can be read')
}
