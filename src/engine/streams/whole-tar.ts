import { Transform, type TransformCallback } from 'node:stream'
import { engineError } from '../../lib/errors.js'
import { TRANSFER_BYTES } from '../../lib/transfer.js'

const BLOCK_BYTES = 512

/**
 * An archive that the engine sends. Where it fails half-way it writes its error as JSON behind the bytes and ends as if
 * all were well; the length is then not that of a tar, and the reader is cut off instead of being left with half of it.
 */
export class WholeTar extends Transform {
  #bytes = 0

  constructor () { super({ highWaterMark: TRANSFER_BYTES }) }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length
    done(null, chunk)
  }

  override _flush (done: TransformCallback): void {
    const isWhole = this.#bytes > 0 && this.#bytes % BLOCK_BYTES === 0
    done(isWhole ? null : engineError('the engine failed in the middle of an archive'))
  }
}
