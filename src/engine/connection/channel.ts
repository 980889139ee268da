import { Transform, Writable, type Duplex, type Readable, type TransformCallback, type WritableOptions } from 'node:stream'
import type { Channel, ChannelEnd, TerminalSize, Traffic } from '../../model/channel.js'
import { DetachKeys } from '../detach-keys.js'
import { engineFailure } from './errors.js'
import { Demultiplexer, TerminalPieces, type Piece } from '../streams/demultiplex.js'
import { joinOutputs, type Gap } from '../streams/joined-output.js'

/** Pieces that may wait for a reader at each stage, 64 KiB at most each: what a slow one costs. */
const WAITING = 2
/** How long a first output is held that may be the engine's. */
const DOUBT_MS = 2000

interface Behind {
  /** Of the host, for whoever hears that it failed. */
  readonly host: string
  readonly terminal: boolean
  readonly writable: boolean
  /** Of a terminal. */
  readonly detachKeys?: string
  /** What is to be told before, as {@link Piece}s; it goes on with what comes. */
  readonly log?: Readable
  readonly resize: (size: TerminalSize) => Promise<void>
  /**
   * How it ended, asked when there is no more to read; may wait for the end.
   * @param cut why there is no more, where the connection did not end but broke
   * @param doubtful the first output, where it {@link isDoubtful} and the only one
   */
  readonly ending: (signal: AbortSignal, cut: unknown, doubtful: string) => Promise<ChannelEnd>
  /** Whether a first output may be the engine's words and not the process's: where it was `removed`, it is not told. */
  readonly isDoubtful?: (output: string) => boolean
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
  #isDetached = false
  /** The first output, as long as it is in doubt. */
  #doubtful: Piece | undefined
  #patience: NodeJS.Timeout | undefined

  constructor (stream: Duplex, behind: Behind) {
    super({ objectMode: true, highWaterMark: WAITING })
    const { host, terminal, writable, detachKeys, log, resize, over } = behind
    this.#behind = behind
    const pieces = terminal ? new TerminalPieces(WAITING) : new Demultiplexer(WAITING)
    const output = log === undefined ? pieces : joinOutputs(log, pieces, terminal)
    const detach = () => { this.#isDetached = true; output.unpipe(this); this.end() }
    this.input = !writable ? null : terminal ? terminalInput(stream, this.traffic, new DetachKeys(detachKeys), detach) : plainInput(stream, this.traffic)
    this.resize = terminal ? resize : null
    // A connection that breaks off is perhaps how the engine ends it: what there is behind it says.
    const cut = (error: unknown) => { this.#cut = engineFailure(host, error); pieces.end() }
    output.once('error', error => { this.destroy((this.#cut ?? error) as Error) })
    stream.once('error', cut)
    if (stream.errored !== null) cut(stream.errored)
    stream.pipe(pieces)
    output.pipe(this)
    this.once('close', () => {
      this.#left.abort()
      clearTimeout(this.#patience)
      for (const part of [stream, pieces, log, output, this.input]) part?.destroy()
      // Whoever detached and left before the last output was read has detached all the same.
      over(this.readableEnded || this.#isDetached)
    })
  }

  override _transform (piece: Piece | Gap, _encoding: BufferEncoding, done: TransformCallback): void {
    if ('type' in piece) { done(null, piece); return }
    if (this.traffic.bytesOut === 0 && this.#doubtful === undefined && this.#behind.isDoubtful?.(String(piece.data)) === true) {
      this.#doubtful = piece
      this.#patience = setTimeout(() => { this.#tellDoubtful() }, DOUBT_MS)
      done()
      return
    }
    this.#tellDoubtful()
    this.#tell(piece)
    done()
  }

  #tell ({ stream, data }: Piece): void {
    this.traffic.bytesOut += data.length
    this.push({ type: 'output', stream, data })
  }

  #tellDoubtful (): void {
    clearTimeout(this.#patience)
    if (this.#doubtful !== undefined) this.#tell(this.#doubtful)
    this.#doubtful = undefined
  }

  override _flush (done: TransformCallback): void {
    if (this.#isDetached) { done(null, { type: 'end', reason: 'detached' } satisfies ChannelEnd); return }
    clearTimeout(this.#patience)
    const told = (end: ChannelEnd) => {
      if (end.reason !== 'removed') this.#tellDoubtful()
      if (end.exitCode !== undefined) this.traffic.exitCode = end.exitCode
      done(null, end)
    }
    this.#behind.ending(this.#left.signal, this.#cut, String(this.#doubtful?.data ?? '')).then(told, (error: Error) => { this.#tellDoubtful(); done(error) })
  }
}

function plainInput (stream: Duplex, traffic: Traffic): Writable {
  return inputWith({
    write: (data: Buffer, _encoding, done) => { traffic.bytesIn += data.length; stream.write(data, done) },
    final: done => { stream.end(done) }
  })
}

/** The engine takes the end of a terminal's input for the end of its output as well, so that it does not hear of it. */
function terminalInput (stream: Duplex, traffic: Traffic, keys: DetachKeys, detach: () => void): Writable {
  const pass = (data: Buffer, done: (error?: Error | null) => void) => {
    traffic.bytesIn += data.length
    if (data.length === 0) done()
    else stream.write(data, done)
  }
  return inputWith({
    write (data: Buffer, _encoding, done) {
      const passed = keys.take(data)
      if (passed === null) { detach(); done() } else pass(passed, done)
    },
    final: done => { pass(keys.rest(), done) }
  })
}

/** Whoever writes behind the end hears of the end. */
const inputWith = (options: WritableOptions): Writable => new Writable(options).on('error', () => {})
