import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { encodingIn, type Encoding } from '../lib/encodings.js'

const packed: Record<Encoding, (bytes: Buffer) => Promise<Buffer>> = {
  br: async (bytes: Buffer) => await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: async (bytes: Buffer) => await promisify(gzip)(bytes)
}

/** Below that a packet more or less is all there is to it. */
const WORTH_BYTES = 1024

/** A document that does not change while the gateway runs: packed once for each way in which it is asked for. */
export class CachedDocument {
  readonly #tag: string
  readonly #packed = new Map<Encoding, Promise<Buffer>>()

  constructor (private readonly bytes: Buffer) {
    this.#tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  }

  /** Answers with it, or with 304 to whom has it. */
  async send ({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const encoding = this.bytes.length < WORTH_BYTES ? undefined : encodingIn(headers['accept-encoding'])
    const tag = `"${this.#tag}${encoding === undefined ? '' : `-${encoding}`}"`
    reply.headers({ 'Cache-Control': 'no-cache', ETag: tag, Vary: 'Accept-Encoding' })
    if (isOneOf(tag, headers['if-none-match'])) return await reply.code(304).send()
    if (encoding === undefined) return await reply.send(this.bytes)
    return await reply.header('Content-Encoding', encoding).send(await this.#pack(encoding))
  }

  async #pack (encoding: Encoding): Promise<Buffer> {
    let bytes = this.#packed.get(encoding)
    if (bytes === undefined) this.#packed.set(encoding, bytes = packed[encoding](this.bytes))
    return await bytes
  }
}

/** Weak tags as well: proxies that pack by themselves make them of ours. */
const isOneOf = (tag: string, header: unknown): boolean =>
  typeof header === 'string' && header.split(',').some(part => part.trim().replace(/^W\//, '') === tag || part.trim() === '*')
