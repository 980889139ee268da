import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { awaitsContinue } from './continue.js'
import { isHttp2, isWithoutBody, refuseRest } from './http2.js'

/** What is left of a body that nobody wants, and is read behind the answer all the same, so that the connection can be used again. */
const KEPT_BYTES = 1024 * 1024
/** What is read of a body before its connection is cut off: by then the answer is with the client. */
const LINGER_BYTES = 64 * 1024 * 1024

/**
 * What becomes of a body that is answered before it was read, as a refused upload is. A small rest is read and thrown
 * away. Of a larger one, or one without a length, the client is told `Connection: close`, and the connection ends in two
 * steps: with both at once, bytes of the client on their way would have the system throw the answer away (RFC 9112, 9.6).
 */
export function addUnreadBodies (app: FastifyInstance, lingerMs: number): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isHttp2(reply.raw) && !request.raw.complete && isWithoutBody(reply.raw) === false) refuseRest(reply.raw)
    if (hasUnread(request) && !isWorthReading(request, reply)) {
      reply.header('Connection', 'close')
      closeInTwoSteps(request, lingerMs)
    }
    done()
  })
  app.addHook('onResponse', (request, _reply, done) => {
    if (hasUnread(request)) throwAway(request, lingerMs)
    done()
  })
}

const hasUnread = ({ raw, ws }: FastifyRequest): boolean => !raw.complete && !ws && raw.httpVersionMajor === 1 && hasBody(raw.headers)

const hasBody = (headers: FastifyRequest['headers']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Whoever waits for `100 Continue`, or was too slow, may never send the rest. */
function isWorthReading (request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  const { headers, bodyRead } = request
  if (awaitsContinue(request) || statusCode === 408 || headers['transfer-encoding'] !== undefined) return false
  return Number(headers['content-length']) - (bodyRead?.received ?? 0) <= KEPT_BYTES
}

/** Node closes a connection, behind its last answer, by this method. */
function closeInTwoSteps (request: FastifyRequest, ms: number): void {
  const { raw, raw: { socket } } = request
  socket.destroySoon = () => {
    socket.end()
    readOn(request, { ms, bytes: LINGER_BYTES, tooMuch: () => { socket.destroy() } })
    raw.once('end', () => { socket.destroy() })
  }
}

/** The answer said that the connection stays; more than a small rest ends it for the client, who may still read. */
function throwAway (request: FastifyRequest, ms: number): void {
  const { socket } = request.raw
  if (socket.writableEnded) return
  readOn(request, { ms, bytes: KEPT_BYTES, tooMuch: () => { socket.end() } })
}

interface Bounds { readonly ms: number, readonly bytes: number, tooMuch (): void }

/** Reads what nobody wants, for so long and no longer. */
function readOn ({ raw, raw: { socket } }: FastifyRequest, { ms, bytes, tooMuch }: Bounds): void {
  let left = bytes
  raw.unpipe()
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) tooMuch()
  })
  raw.resume()
  const timer = setTimeout(() => { if (!raw.complete) socket.destroy() }, ms).unref()
  raw.once('close', () => clearTimeout(timer))
}
