import { Transform, type TransformCallback } from 'node:stream'
import { engineError } from '../../lib/errors.js'
import { parseJson } from '../../lib/exact-json.js'
import { LineSplitter } from './line-splitter.js'

/** One object of the engine's is far below this. */
const LINE_CHARACTERS = 1024 * 1024

/** Bytes in, objects out, one a line. */
export class JsonLines extends Transform {
  readonly #lines = new LineSplitter(LINE_CHARACTERS, 'an object')

  constructor () { super({ readableObjectMode: true, readableHighWaterMark: 16 }) }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#lines.write(chunk).forEach(line => { this.#tell(line) })
      done()
    } catch (error) { done(error as Error) }
  }

  override _flush (done: TransformCallback): void {
    try {
      this.#tell(this.#lines.end())
      done()
    } catch (error) { done(error as Error) }
  }

  #tell (line: string): void {
    if (line.trim() === '') return
    this.push(objectOf(line))
  }
}

function objectOf (line: string): object {
  try {
    const value = parseJson(line)
    if (typeof value === 'object' && value !== null) return value
  } catch {}
  throw engineError('the engine sent a line that is not a JSON object')
}
