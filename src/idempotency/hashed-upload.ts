import { createHash } from 'node:crypto'
import { Transform, finished, type Readable, type TransformCallback } from 'node:stream'
import { finished as ended } from 'node:stream/promises'
import { TRANSFER_BYTES } from '../lib/transfer.js'

/** An upload on its way, by whose content a call under a key is told from another. */
export class HashedUpload extends Transform {
  readonly #hash = createHash('sha256')
  #digest: string | undefined

  constructor (source: Readable) {
    super({ highWaterMark: TRANSFER_BYTES })
    // Whoever refuses it before it is read does not hear what becomes of it.
    this.on('error', () => {})
    finished(source, { writable: false }, error => { if (error != null) this.destroy(error) })
    source.pipe(this)
  }

  /** SHA-256 of all of it; undefined while it has not come whole. */
  get digest (): string | undefined { return this.#digest }

  /** Reads what nobody has read of it, as long as that comes. @throws what broke it off */
  async whole (): Promise<string> {
    if (this.#digest === undefined) await ended(this.resume(), { writable: false })
    return this.#digest ?? ''
  }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk)
    done(null, chunk)
  }

  override _flush (done: TransformCallback): void {
    this.#digest = this.#hash.digest('hex')
    done()
  }
}
