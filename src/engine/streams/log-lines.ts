import { Transform, type TransformCallback } from 'node:stream'
import { engineError } from '../../lib/errors.js'
import type { LogEvent, LogStreamEvent } from '../models/log.js'
import { isoNanos, isoUtc } from '../times.js'
import { BehindLine, cursorOf, type Position } from './log-position.js'
import { MESSAGE_BYTES } from './terminal-messages.js'
import type { Piece } from './demultiplex.js'

/** Of what begins in the middle of a log: a line with so many messages before it is taken for whole. */
const SURE_MESSAGES = 4096
/** The longest line that is made whole again. */
const LINE_BYTES = 1024 * 1024
/** An RFC 3339 time has 35 characters at most. */
const TIME_BYTES = 64
const [SPACE, NEWLINE, RETURN] = [0x20, 0x0a, 0x0d]

interface Output {
  /** The time of the message being read, until its space. null: it has been read. */
  head: Buffer | null
  time: string
  body: Buffer[]
  bodyBytes: number
  /** Bytes of the message being read. */
  messageBytes: number
  /** Where the line before stands. */
  last?: Position
  /** The time of the first line that was read. */
  first?: string
  /** Whether the line that goes on may have its beginning before what was read. */
  inDoubt: boolean
}

interface LogLinesOptions {
  readonly terminal: boolean
  /** Whether a message without a newline goes on in the next, however short it is. */
  readonly inPieces?: boolean
  /** Only what stands behind this line in the log is told. */
  readonly after?: Position
  readonly exact?: boolean
  /** Whether that line is told as well. */
  readonly inclusive?: boolean
  /**
   * What it means that the engine's stream has ended well. `cut`: another one goes on behind the last line.
   * `sofar`: that was all there is by now, and a line that is not whole yet is somebody else's. `all`: nothing comes any more.
   */
  readonly end: 'cut' | 'sofar' | 'all'
  /**
   * What is told; all of it when absent.
   * @param doubtful of a log that is read from its middle: whether this line's beginning, or lines of the same time, may stand before it
   */
  readonly wants?: (event: LogStreamEvent, doubtful: boolean) => boolean
  /** What is told last. */
  readonly ending?: () => Promise<LogStreamEvent>
}

/**
 * Pieces in, log events out. A message is `time SPACE text`, and ends a line if it ends with a newline; lines that
 * the engine has cut are whole again, and text is decoded by the line, so that no character is ever cut.
 */
export class LogLines extends Transform {
  readonly #doubtful = new WeakSet<LogStreamEvent>()
  readonly #outputs: Record<Piece['stream'], Output> = { stdout: fresh(), stderr: fresh() }
  readonly #behind: BehindLine | undefined
  #messages = 0

  constructor (private readonly options: LogLinesOptions) {
    super({ objectMode: true, highWaterMark: 64 })
    this.#behind = options.after === undefined ? undefined : new BehindLine(options.after, options.exact, options.inclusive)
  }

  /** How many of the engine's messages there were; a long line is several. */
  get messages (): number { return this.#messages }

  override _transform (piece: Piece, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#read(piece, this.#outputs[piece.stream])
      done()
    } catch (error) { done(error as Error) }
  }

  override _flush (done: TransformCallback): void {
    const { end, ending } = this.options
    if (end === 'all') for (const stream of ['stdout', 'stderr'] as const) this.#finishLine(stream, this.#outputs[stream])
    if (end !== 'cut') this.#tell(this.#behind?.rest() ?? [])
    if (ending === undefined) done()
    else ending().then(last => { this.push(last); done() }, done)
  }

  #read ({ stream, data, last }: Piece, output: Output): void {
    let rest = data
    while (rest.length > 0) rest = output.head === null ? this.#readText(stream, rest, output) : this.#readTime(rest, output)
    if (last) this.#endMessage(stream, output)
  }

  #readText (stream: Piece['stream'], bytes: Buffer, output: Output): Buffer {
    // To the byte: it is cut at one place, whoever reads it and from where.
    const room = Math.min(bytes.length, LINE_BYTES - output.bodyBytes)
    const newline = bytes.subarray(0, room).indexOf(NEWLINE)
    const end = newline < 0 ? room : newline
    keep(output, bytes.subarray(0, end))
    if (output.bodyBytes >= LINE_BYTES) this.#emitLine(stream, output, true)
    if (newline >= 0) {
      this.#emitLine(stream, output, false)
      if (this.options.terminal) nextMessage(output)
      return bytes.subarray(end + 1)
    }
    return bytes.subarray(end)
  }

  /** A message without a newline goes on in the next only where the engine had to cut it. */
  #endMessage (stream: Piece['stream'], output: Output): void {
    if (this.options.inPieces !== true && output.messageBytes < MESSAGE_BYTES) this.#finishLine(stream, output)
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
    const position = placed(stream, output)
    const event: LogEvent = { type: 'log', stream, time: output.time, text: bytes.toString('utf8', 0, end), cursor: cursorOf(position) }
    const whole = partial ? { ...event, partial } : event
    output.inDoubt = this.#messages <= SURE_MESSAGES && ((output.first ??= output.time) === output.time || output.inDoubt)
    if (output.inDoubt) this.#doubtful.add(whole)
    output.inDoubt &&= partial
    this.#tell(this.#behind?.take(whole, position) ?? [whole])
  }

  #tell (events: readonly LogStreamEvent[]): void {
    for (const event of events) if (this.options.wants?.(event, this.#doubtful.has(event)) !== false) this.push(event)
  }

  #readTime (bytes: Buffer, output: Output): Buffer {
    const rest = readTime(bytes, output)
    if (output.head === null) this.#messages++
    return rest
  }
}

/** Lines of one output with the same time are told apart by their number. */
function placed (stream: Piece['stream'], output: Output): Position {
  const nanos = isoNanos(output.time) ?? 0n
  const nth = nanos === output.last?.nanos ? output.last.nth + 1 : 0
  output.last = { stream, nanos, nth }
  return output.last
}

const fresh = (): Output => ({ head: Buffer.alloc(0), time: '', body: [], bodyBytes: 0, messageBytes: 0, inDoubt: false })

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
  if (space >= 0 && output.bodyBytes === 0) output.time = isoUtc(head.toString('latin1'))
  return space < 0 ? Buffer.alloc(0) : bytes.subarray(space + 1)
}
