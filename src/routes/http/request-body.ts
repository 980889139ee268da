import { PassThrough, type Readable, type TransformCallback } from 'node:stream'
import { Failure } from '../../lib/errors.js'
import { TRANSFER_BYTES } from '../../lib/transfer.js'

/** The body of a request on its way to whoever reads it. */
export class RequestBody extends PassThrough {
  /** How much of it has come. */
  received = 0
  #onWanted: (() => void) | undefined

  /** @param onWanted called once, when somebody begins to read: until then a client may be told to keep it */
  constructor (private readonly payload: Readable, onWanted?: () => void) {
    super({ highWaterMark: TRANSFER_BYTES })
    this.#onWanted = onWanted
    // Who refuses a request does not read its body, and does not hear what becomes of it.
    this.on('error', () => {})
    const left = (cause?: unknown) => this.destroy(new DOMException('the client left within its body', { name: 'AbortError', cause }) as unknown as Error)
    payload.once('error', left)
    payload.once('close', () => { if (!payload.readableEnded) left() })
    this.once('close', () => payload.unpipe(this))
    // Not a pipeline: that would destroy the request with the body, and then no answer can be sent.
    payload.pipe(this)
  }

  override _read (size: number): void {
    const wanted = this.#onWanted
    this.#onWanted = undefined
    wanted?.()
    super._read(size)
  }

  override _transform (chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    this.received += chunk.length
    super._transform(chunk, encoding, done)
  }

  /** All of it within the time. */
  within (ms: number): this {
    const timer = setTimeout(() => { this.#tooSlow(`the body did not arrive within ${ms / 1000} seconds`) }, ms)
    return this.once('close', () => clearTimeout(timer))
  }

  /** Never long without a byte. Time in which the reader holds the sender up is not the sender's. */
  flowing (ms: number): this {
    const timer = setTimeout(() => {
      if (this.writableNeedDrain || this.#onWanted !== undefined) timer.refresh()
      else this.#tooSlow(`nothing of the upload arrived for ${ms / 1000} seconds`)
    }, ms)
    this.payload.on('data', () => timer.refresh())
    return this.once('finish', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  }

  #tooSlow (detail: string): void {
    this.payload.unpipe(this)
    this.destroy(new Failure('too-slow', detail))
  }
}
