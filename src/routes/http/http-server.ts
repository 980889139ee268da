import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { TRANSFER_BYTES } from '../../lib/transfer.js'
import { KEEP_ALIVE_MS, serverLimits } from './timeouts.js'
import { WebSocketRequest } from '../websocket/websocket-request.js'

/** For TLS, before there is a request to have a deadline. */
const HANDSHAKE_MS = 10_000
const REQUESTS_PER_CONNECTION = 10_000
/** What a session of HTTP/2 may have open at once. */
const STREAMS_PER_SESSION = 250
/** How long a session may take, at the end, for what was written before. */
const LAST_MS = 500

/** The server under the gateway: HTTP/1.1, and over TLS HTTP/2 for who asks for it by ALPN. */
export function makeServer (handler: RequestListener, tls: { readonly cert: Buffer, readonly key: Buffer } | undefined): Server {
  const options = { ...serverLimits, IncomingMessage: WebSocketRequest, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }
  // `docker` half-closes its side of a hijacked connection; Node's TLS would close the other half with it.
  const server = tls === undefined
    ? createServer(options, handler)
    : withHttp2(createSecureServer({ ...options, handshakeTimeout: HANDSHAKE_MS, ...tls, allowHalfOpen: true, ALPNProtocols: ['h2', 'http/1.1'] }, handler), handler)
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  // Answered when somebody reads the body (continue.ts), and not by Node at once.
  return server.on('checkContinue', handler)
}

/**
 * Connections that have agreed on HTTP/2 are handed on to a server of it. Node's own for both (`allowHTTP1`) has none of
 * the limits of the one for HTTP/1.1.
 */
function withHttp2 (server: SecureServer, handler: RequestListener): SecureServer {
  const http2 = http2Server(handler)
  const open = new Set<() => void>()
  const serveHttp1 = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection').on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol !== 'h2') { for (const serve of serveHttp1) serve.call(server, socket); return }
    http2.once('session', session => { keep(session, socket, open) })
    http2.emit('connection', socket)
  })
  // Fastify's name for what it calls when it closes.
  return Object.assign(server, { closeHttp2Sessions: () => { for (const end of open) end() } })
}

function http2Server (handler: RequestListener): Http2Server {
  const server = createHttp2Server({
    settings: { maxConcurrentStreams: STREAMS_PER_SESSION, initialWindowSize: TRANSFER_BYTES, maxHeaderListSize: serverLimits.maxHeaderSize, enableConnectProtocol: false }
  })
  // Its requests and responses look like those of HTTP/1.1, as far as http2.ts does not say otherwise.
  const serve = handler as unknown as Parameters<typeof server.on>[1]
  return server.on('request', serve).on('checkContinue', serve)
}

function keep (session: ServerHttp2Session, socket: TLSSocket, open: Set<() => void>): void {
  let streams = 0
  const close = () => { end(session, socket) }
  open.add(close)
  socket.once('close', () => { open.delete(close) })
  // HTTP/2 has no use for a half of a connection.
  socket.allowHalfOpen = false
  session.setLocalWindowSize(4 * TRANSFER_BYTES)
  session.on('stream', stream => { streams++; stream.once('close', () => { streams-- }) })
  session.setTimeout(KEEP_ALIVE_MS, () => { if (streams === 0) close() })
}

/** A session that is closed in order waits for its client to hang up, who may never do so. */
function end (session: ServerHttp2Session, socket: TLSSocket): void {
  session.close()
  const timer = setTimeout(() => { socket.destroy() }, LAST_MS)
  socket.once('close', () => clearTimeout(timer))
}
