import { Transform, Writable, type Duplex, type TransformCallback } from 'node:stream'
import type { Channel, ChannelEnd, TerminalSize, Traffic } from '../operation/channel.js'
import { engineFailure } from './engine-errors.js'
import { Demultiplexer, TerminalPieces, type Piece } from './streams/demultiplex.js'

/** Pieces that may wait for a reader at each stage, 64 KiB at most each: what a slow one costs. */
const WAITING = 2

interface Behind {
  /** Of the host, for whoever hears that it failed. */
  readonly host: string
  readonly terminal: boolean
  readonly writable: boolean
  readonly resize: (size: TerminalSize) => Promise<void>
  /**
   * How it ended, asked when there is no more to read; may wait for the end.
   * @param cut why there is no more, where the connection did not end but broke
   */
  readonly ending: (signal: AbortSignal, cut: unknown) => Promise<ChannelEnd>
  /** Called once when it is over; `ended` unless it was let go of before its end. */
  readonly over: (ended: boolean) => void
}

/** A channel over a connection that the engine has given over. It reads from there as fast as it is read. */
export class EngineChannel extends Transform implements Channel {
  readonly input: Writable | null
  readonly resize: Channel['resize']
  readonly traffic: Traffic = { bytesIn: 0, bytesOut: 0 }
  readonly #behind: Behind
  readonly #left = new AbortController()
  #cut: unknown

  constructor (stream: Duplex, behind: Behind) {
    super({ objectMode: true, highWaterMark: WAITING })
    const { host, terminal, writable, resize, over } = behind
    this.#behind = behind
    this.input = writable ? inputTo(stream, terminal, this.traffic) : null
    this.resize = terminal ? resize : null
    const pieces = terminal ? new TerminalPieces(WAITING) : new Demultiplexer(WAITING)
    // A connection that breaks off is perhaps how the engine ends it: what there is behind it says.
    const cut = (error: unknown) => { this.#cut = engineFailure(host, error); pieces.end() }
    pieces.once('error', error => { this.destroy((this.#cut ?? error) as Error) })
    stream.once('error', cut)
    if (stream.errored !== null) cut(stream.errored)
    stream.pipe(pieces).pipe(this)
    this.once('close', () => {
      this.#left.abort()
      for (const part of [stream, pieces, this.input]) part?.destroy()
      over(this.readableEnded)
    })
  }

  override _transform ({ stream, data }: Piece, _encoding: BufferEncoding, done: TransformCallback): void {
    this.traffic.bytesOut += data.length
    done(null, { type: 'output', stream, data })
  }

  override _flush (done: TransformCallback): void {
    const told = (end: ChannelEnd) => {
      if (end.exitCode !== undefined) this.traffic.exitCode = end.exitCode
      done(null, end)
    }
    this.#behind.ending(this.#left.signal, this.#cut).then(told, done)
  }
}

/** The engine takes the end of a terminal's input for the end of its output as well, so that it does not hear of it. */
function inputTo (stream: Duplex, terminal: boolean, traffic: Traffic): Writable {
  const input = new Writable({
    write (chunk: Buffer, _encoding, done) {
      traffic.bytesIn += chunk.length
      stream.write(chunk, done)
    },
    final (done) {
      if (terminal) done()
      else stream.end(done)
    }
  })
  // Whoever writes behind the end hears of the end.
  return input.on('error', () => {})
}
