import { Transform, type TransformCallback } from 'node:stream'
import { engineError, type Failure } from '../../lib/errors.js'
import type { ProgressEvent, StepEvent } from '../models/progress.js'
import { LineSplitter } from './line-splitter.js'

/** One message of the engine's is far below this; of BuildKit's, up to 1 MiB of output is one message, in base64. */
const LINE_CHARACTERS = 4 * 1024 * 1024
/** A line of text that does not end is told in parts of this size. */
const TEXT_CHARACTERS = 64 * 1024

/** A message of build, pull, push, load and import: JSON objects, one a line. */
export interface EngineMessage {
  readonly id?: string
  readonly status?: string
  readonly stream?: string
  readonly progressDetail?: { readonly current?: number, readonly total?: number }
  readonly error?: string
  readonly errorDetail?: { readonly message?: string }
  readonly aux?: unknown
}

/** An error that the engine told. */
class Said extends Error {}

interface ProgressOptions<E> {
  /** Sees each message as it passes, e.g. to keep the digest that the end will tell. */
  readonly watch?: (message: EngineMessage) => void
  /** What a message tells beside its progress and its text, e.g. what BuildKit says in a form of its own. */
  readonly reads?: (message: EngineMessage) => ReadonlyArray<ProgressEvent | StepEvent>
  /** What was begun and not told when the engine's stream ends. */
  readonly rest?: () => ReadonlyArray<ProgressEvent | StepEvent>
  /** Nothing but the end is told. */
  readonly quiet?: boolean
  /** What an error that the engine tells in the stream is to the caller. */
  readonly said: (message: string) => Promise<Failure>
  /** What is told when the engine's stream has ended without an error. */
  readonly ending: () => Promise<E>
}

/** The engine's messages in, progress and lines of text out; an error inside the stream is an error of the stream. */
export class Progress<E> extends Transform {
  readonly #lines = new LineSplitter(LINE_CHARACTERS, 'a message')
  /** The engine's texts are pieces of lines; here they are whole. */
  #text = ''

  constructor (private readonly options: ProgressOptions<E>) { super({ readableObjectMode: true, readableHighWaterMark: 64 }) }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#lines.write(chunk).forEach(line => { this.#tell(line) })
      done()
    } catch (error) { this.#fail(error, done) }
  }

  override _flush (done: TransformCallback): void {
    try {
      this.#tell(this.#lines.end())
      this.#endText()
      if (this.options.quiet !== true) this.options.rest?.().forEach(event => { this.push(event) })
    } catch (error) { this.#fail(error, done); return }
    this.options.ending().then(end => { this.push(end); done() }, done)
  }

  #fail (error: unknown, done: TransformCallback): void {
    if (!(error instanceof Said)) { done(error as Error); return }
    this.options.said(error.message).then(done, done)
  }

  #tell (line: string): void {
    if (line.trim() === '') return
    const message = messageOf(line)
    const error = message.errorDetail?.message ?? message.error
    if (error !== undefined) { this.#endText(); throw new Said(error) }
    this.options.watch?.(message)
    if (this.options.quiet === true) return
    this.options.reads?.(message).forEach(event => { this.push(event) })
    if (message.stream !== undefined) this.#addText(message.stream)
    if (message.status !== undefined) this.#pushProgress(message, message.status)
  }

  #pushProgress ({ id, progressDetail: { current, total } = {} }: EngineMessage, status: string): void {
    this.push({ type: 'progress', ...defined({ id, current, total }), status } satisfies ProgressEvent)
  }

  #addText (text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop() ?? ''
    lines.forEach(line => { this.#pushStep(line) })
    if (this.#text.length > TEXT_CHARACTERS) this.#endText()
  }

  #endText (): void {
    if (this.#text !== '') this.#pushStep(this.#text)
    this.#text = ''
  }

  #pushStep (text: string): void {
    this.push({ type: 'step', text: text.replace(/\r$/, '') } satisfies StepEvent)
  }
}

function messageOf (line: string): EngineMessage {
  try {
    const message: unknown = JSON.parse(line)
    if (typeof message === 'object' && message !== null) return message
  } catch {}
  throw engineError('the engine sent a message that is not JSON')
}

const defined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
