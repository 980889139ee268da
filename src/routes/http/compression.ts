import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync, type BrotliOptions, type ZlibOptions } from 'node:zlib'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { AnyOperation } from '../../operation/define.js'
import { encodingIn } from '../../lib/encodings.js'

/**
 * What a connection sends before it waits for its peer (ten segments, RFC 6928): as much arrives no sooner compressed, and
 * to compress it takes a twentieth of all that is done for a list.
 */
const WORTH_BYTES = 14_600
/** Half a millisecond at most. What is larger is handed to another thread, which costs more than this takes. */
const AT_ONCE_BYTES = 64 * 1024

/**
 * The quickest there is but for "not at all": a list becomes a seventh of what it was, in the time that it took to write
 * its JSON. The levels that are usual take three times as long for the tenth of the rest.
 */
const BROTLI: BrotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
const GZIP: ZlibOptions = { level: 1 }

const atOnce = { br: (text: string) => brotliCompressSync(text, BROTLI), gzip: (text: string) => gzipSync(text, GZIP) }
const [brotliLater, gzipLater] = [promisify<string, BrotliOptions, Buffer>(brotliCompress), promisify<string, ZlibOptions, Buffer>(gzip)]
const later = { br: async (text: string) => await brotliLater(text, BROTLI), gzip: async (text: string) => await gzipLater(text, GZIP) }

/** Lists, for who asks for it. Streams are never held up for it, and no answer that has a credential in it is compressed. */
export const compressing = ({ name, method, output }: AnyOperation): Pick<RouteOptions, 'onSend'> =>
  method === 'GET' && output.shape === 'value' && name.endsWith('.list') ? { onSend: compress } : {}

/** In one piece: the answer is there as a whole, and a stream for each would cost several times what compressing does. */
function compress (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error: Error | null, payload?: unknown) => void): void {
  const encoding = typeof payload === 'string' && payload.length >= WORTH_BYTES ? encodingIn(request.headers['accept-encoding']) : undefined
  if (encoding === undefined) { done(null, payload); return }
  const text = payload as string
  const vary = reply.getHeader('Vary')
  reply.headers({ 'Content-Encoding': encoding, Vary: vary === undefined ? 'Accept-Encoding' : `${[vary].flat().join(', ')}, Accept-Encoding` })
  if (text.length <= AT_ONCE_BYTES) done(null, atOnce[encoding](text))
  else later[encoding](text).then(bytes => { done(null, bytes) }, done)
}

/** What costs an engine little is answered to `HEAD` as well. */
export const isCheap = ({ name, method, output }: AnyOperation): boolean =>
  method === 'GET' && output.shape === 'value' && /\.(?:list|inspect)$/.test(name)
