import { Transform, type TransformCallback } from 'node:stream'
import { engineError } from '../../lib/errors.js'
import type { StreamName } from '../models/log.js'
import type { Static } from 'typebox'

/** A piece of one of a container's outputs. A frame may come in several pieces; nothing is held back for the rest of it. */
export interface Piece {
  readonly stream: Static<typeof StreamName>
  readonly data: Buffer
  /** Whether the frame ends with this piece. */
  readonly last: boolean
}

const HEADER_BYTES = 8
const STREAMS: ReadonlyArray<Piece['stream']> = ['stdout', 'stdout', 'stderr']

/** Pieces that may wait for a reader. */
const WAITING = 16

/**
 * The engine's multiplexed stream, taken apart: eight bytes (kind, three zeroes, length as a big-endian 32-bit
 * number), then as many bytes. Bytes in, {@link Piece}s out; back-pressure is the transform's own.
 * @see https://docs.docker.com/reference/api/engine/ "Stream format" of ContainerAttach
 */
export class Demultiplexer extends Transform {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  #left = 0
  #stream: Piece['stream'] = 'stdout'

  constructor (waiting = WAITING) { super({ readableObjectMode: true, readableHighWaterMark: waiting }) }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = chunk
    while (rest.length > 0) {
      const taken = this.#left > 0 ? this.#takePayload(rest) : this.#takeHeader(rest)
      if (taken < 0) { done(engineError('the engine sent a stream that is not multiplexed as its API says')); return }
      rest = rest.subarray(taken)
    }
    done()
  }

  override _flush (done: TransformCallback): void {
    done(this.#left > 0 || this.#headerBytes > 0 ? engineError('the engine\'s stream was cut off inside a frame') : null)
  }

  #takeHeader (bytes: Buffer): number {
    const taken = bytes.copy(this.#header, this.#headerBytes, 0, HEADER_BYTES - this.#headerBytes)
    this.#headerBytes += taken
    if (this.#headerBytes < HEADER_BYTES) return taken
    const stream = this.#header.readUIntBE(1, 3) === 0 ? STREAMS[this.#header[0] ?? 255] : undefined
    if (stream === undefined) return -1
    this.#headerBytes = 0
    this.#stream = stream
    this.#left = this.#header.readUInt32BE(4)
    return taken
  }

  #takePayload (bytes: Buffer): number {
    const data = bytes.subarray(0, this.#left)
    this.#left -= data.length
    this.push({ stream: this.#stream, data, last: this.#left === 0 } satisfies Piece)
    return data.length
  }
}

/** A terminal's output is one stream without frames. */
export class TerminalPieces extends Transform {
  constructor (waiting = WAITING) { super({ readableObjectMode: true, readableHighWaterMark: waiting }) }

  override _transform (data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, { stream: 'stdout', data, last: false } satisfies Piece)
  }
}
