import { Transform, type TransformCallback } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { engineError } from '../../errors.js'
import type { ProgressEvent } from '../models/progress.js'

/** One message of the engine's is far below this. */
const LINE_CHARACTERS = 1024 * 1024

/** A message of build, pull, push, load and import: JSON objects, one a line. */
export interface EngineMessage {
  readonly id?: string
  readonly status?: string
  readonly stream?: string
  readonly progressDetail?: { readonly current?: number, readonly total?: number }
  readonly error?: string
  readonly aux?: unknown
}

interface Options<E> {
  /** Sees each message as it passes, e.g. to keep the digest that the end will tell. */
  readonly watch?: (message: EngineMessage) => void
  /** What is told when the engine's stream has ended without an error. */
  readonly ending: () => Promise<E>
}

/** The engine's messages in, progress events out; an error inside the stream is an error of the stream. */
export class Progress<E> extends Transform {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor (private readonly options: Options<E>) { super({ readableObjectMode: true, readableHighWaterMark: 64 }) }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    try {
      if (this.#rest.length > LINE_CHARACTERS) throw engineError('the engine sent a message that does not end')
      lines.forEach(line => { this.#tell(line) })
      done()
    } catch (error) { done(error as Error) }
  }

  override _flush (done: TransformCallback): void {
    try { this.#tell(this.#rest) } catch (error) { done(error as Error); return }
    this.options.ending().then(end => { this.push(end); done() }, done)
  }

  #tell (line: string): void {
    if (line.trim() === '') return
    const message = messageOf(line)
    if (message.error !== undefined) throw engineError(message.error)
    this.options.watch?.(message)
    const { id, status, progressDetail: { current, total } = {} } = message
    if (status === undefined) return
    this.push({ type: 'progress', ...defined({ id, current, total }), status } satisfies ProgressEvent)
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
