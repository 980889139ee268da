import { Transform, type TransformCallback } from 'node:stream'
import { engineError } from '../../errors.js'
import type { LogEvent, LogStreamEvent } from '../models/log.js'
import { isoNanos } from '../times.js'
import type { Piece } from './demultiplex.js'

/** The engine cuts a longer line into messages of this size, each with a time of its own. */
const MESSAGE_BYTES = 16 * 1024
/** The longest line that is made whole again. */
const LINE_BYTES = 1024 * 1024
/** An RFC 3339 time has 35 characters at most. */
const TIME_BYTES = 64
const [SPACE, NEWLINE, RETURN] = [0x20, 0x0a, 0x0d]

/** Where a reader goes on: behind the nth line of a nanosecond. */
export interface Position { readonly nanos: bigint, readonly nth: number }

interface Output {
  /** The time of the message being read, until its space. null: it has been read. */
  head: Buffer | null
  time: string
  body: Buffer[]
  bodyBytes: number
  /** Bytes of the message being read. */
  messageBytes: number
}

interface Options {
  readonly terminal: boolean
  /** Lines up to this one are left out. */
  readonly after?: Position
  /** Whether that line must be there still. Where it is not, what came behind it may be missing, and that is told. */
  readonly adjoining?: boolean
  /** What is told when the engine's stream has ended. Without it another stream goes on behind {@link LogLines.position}. */
  readonly ending?: () => Promise<LogStreamEvent>
}

/**
 * Pieces in, log events out. A message is `time SPACE text`, and ends a line if it ends with a newline; lines that
 * the engine has cut at 16 KiB are whole again, and text is decoded by the line, so that no character is ever cut.
 */
export class LogLines extends Transform {
  readonly #outputs: Record<Piece['stream'], Output> = { stdout: fresh(), stderr: fresh() }
  #last: Position = { nanos: -1n, nth: 0 }

  constructor (private readonly options: Options) { super({ objectMode: true, highWaterMark: 64 }) }

  /** Behind the last whole line; undefined where there has been none. */
  get position (): Position | undefined {
    const { after } = this.options
    return this.#last.nanos < 0n || isBehind(this.#last, after) ? after : this.#last
  }

  override _transform (piece: Piece, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#read(piece, this.#outputs[piece.stream])
      done()
    } catch (error) { done(error as Error) }
  }

  override _flush (done: TransformCallback): void {
    const { ending } = this.options
    // A line that was cut off is not told: whoever goes on has the whole of it.
    if (ending === undefined) { done(); return }
    for (const stream of ['stdout', 'stderr'] as const) this.#finishLine(stream, this.#outputs[stream])
    ending().then(end => { this.push(end); done() }, done)
  }

  #read ({ stream, data, last }: Piece, output: Output): void {
    let rest = data
    while (rest.length > 0) rest = output.head === null ? this.#readText(stream, rest, output) : readTime(rest, output)
    if (last) this.#endMessage(stream, output)
  }

  #readText (stream: Piece['stream'], bytes: Buffer, output: Output): Buffer {
    const room = Math.min(bytes.length, this.options.terminal ? MESSAGE_BYTES - output.messageBytes : LINE_BYTES)
    const newline = bytes.subarray(0, room).indexOf(NEWLINE)
    const end = newline < 0 ? room : newline
    keep(output, bytes.subarray(0, end))
    if (output.bodyBytes >= LINE_BYTES) this.#emitLine(stream, output, true)
    if (newline >= 0) {
      this.#emitLine(stream, output, false)
      if (this.options.terminal) nextMessage(output)
      return bytes.subarray(end + 1)
    }
    if (this.options.terminal && output.messageBytes >= MESSAGE_BYTES) nextMessage(output)
    return bytes.subarray(end)
  }

  /** A message without a newline goes on in the next only where the engine had to cut it. */
  #endMessage (stream: Piece['stream'], output: Output): void {
    if (output.messageBytes < MESSAGE_BYTES) this.#finishLine(stream, output)
    nextMessage(output)
  }

  #finishLine (stream: Piece['stream'], output: Output): void {
    if (output.bodyBytes > 0) this.#emitLine(stream, output, false)
  }

  #emitLine (stream: Piece['stream'], output: Output, partial: boolean): void {
    const bytes = Buffer.concat(output.body, output.bodyBytes)
    output.body = []
    output.bodyBytes = 0
    const end = this.options.terminal && !partial && bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length
    const first = this.#last.nanos < 0n
    const position = this.#place(output.time)
    if (isBehind(position, this.options.after)) return
    if (first && this.options.adjoining === true) this.push({ type: 'dropped', count: null } satisfies LogStreamEvent)
    const event: LogEvent = { type: 'log', stream, time: output.time, text: bytes.toString('utf8', 0, end), cursor: cursorOf(position) }
    this.push(partial ? { ...event, partial } : event)
  }

  #place (time: string): Position {
    const nanos = isoNanos(time) ?? 0n
    this.#last = { nanos, nth: nanos === this.#last.nanos ? this.#last.nth + 1 : 0 }
    return this.#last
  }
}

const fresh = (): Output => ({ head: Buffer.alloc(0), time: '', body: [], bodyBytes: 0, messageBytes: 0 })

function nextMessage (output: Output): void {
  output.head = Buffer.alloc(0)
  output.messageBytes = 0
}

function keep (output: Output, bytes: Buffer): void {
  // A copy: a piece is a view of a whole chunk, and a few bytes kept must not keep 64 KiB alive.
  output.body.push(Buffer.from(bytes))
  output.bodyBytes += bytes.length
  output.messageBytes += bytes.length
}

function readTime (bytes: Buffer, output: Output): Buffer {
  const space = bytes.indexOf(SPACE)
  const head = Buffer.concat([output.head ?? Buffer.alloc(0), space < 0 ? bytes : bytes.subarray(0, space)])
  if (head.length > TIME_BYTES) throw engineError('the engine sent a log line without a time')
  output.head = space < 0 ? head : null
  if (space >= 0 && output.bodyBytes === 0) output.time = head.toString('latin1')
  return space < 0 ? Buffer.alloc(0) : bytes.subarray(space + 1)
}

const isBehind = (position: Position, after: Position | undefined): boolean =>
  after !== undefined && (position.nanos < after.nanos || (position.nanos === after.nanos && position.nth <= after.nth))

const cursorOf = ({ nanos, nth }: Position): string => `${nanos}-${nth}`

/** The pattern of a cursor, for the input's schema. */
export const cursorPattern = '^\\d{1,19}-\\d{1,9}$'

export function positionOf (cursor: string): Position {
  const [nanos = '0', nth = '0'] = cursor.split('-')
  return { nanos: BigInt(nanos), nth: Number(nth) }
}
