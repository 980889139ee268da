import { StringDecoder } from 'node:string_decoder'
import { engineError } from '../../lib/errors.js'

/** Whole lines out of bytes that come in pieces. What is not ended by a newline waits, up to a bound. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  /**
   * @param most how many characters a line may have
   * @param what a line is, for the error
   */
  constructor (private readonly most: number, private readonly what: string) {}

  /** The lines that end with this piece. @throws `engine-error` for a line that is too long */
  write (chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > this.most) throw engineError(`the engine sent ${this.what} that does not end`)
    return lines
  }

  /** What is left when no more bytes come. */
  end (): string {
    return this.#rest + this.#decoder.end()
  }
}
