import { Transform, type TransformCallback } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { engineError } from '../../lib/errors.js'
import { parseJson } from '../../lib/exact-json.js'

/** One object of the engine's is far below this. */
const LINE_CHARACTERS = 1024 * 1024

/** Bytes in, objects out, one a line. */
export class JsonLines extends Transform {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor () { super({ readableObjectMode: true, readableHighWaterMark: 16 }) }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    try {
      if (this.#rest.length > LINE_CHARACTERS) throw engineError('the engine sent an object that does not end')
      lines.forEach(line => { this.#tell(line) })
      done()
    } catch (error) { done(error as Error) }
  }

  override _flush (done: TransformCallback): void {
    try {
      this.#tell(this.#rest)
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
