import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { AnyOperation } from '../../operation/define.js'

/** Below that it takes more time than it saves. */
const WORTH_BYTES = 2048

/** Only what asks for it is compressed, and no body of a request is ever unpacked. */
export async function registerCompression (app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    global: false,
    globalDecompression: false,
    threshold: WORTH_BYTES,
    encodings: ['br', 'gzip'],
    // Node's own default is the slowest there is, meant for what is kept.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
    zlibOptions: { level: 6 }
  })
}

/** Lists. Streams are never held up for it, and no answer that has a credential in it is compressed. */
export const compressed = ({ name, method, output }: AnyOperation): RouteOptions['compress'] =>
  method === 'GET' && output.shape === 'value' && name.endsWith('.list') ? {} : false

/** What costs an engine little is answered to `HEAD` as well. */
export const isCheap = ({ name, method, output }: AnyOperation): boolean =>
  method === 'GET' && output.shape === 'value' && /\.(?:list|inspect)$/.test(name)
