import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Piece } from './demultiplex.js'

/** How bytes stand in an answer. */
export type Encoding = 'utf8' | 'base64'

/** What of a container's output is kept, and how it is told. */
export interface Collecting { readonly limitBytes: number, readonly encoding?: Encoding }

/** What a container wrote, up to a bound on each of its outputs. `replaced`: it was no UTF-8, and is not told as it was. */
export interface Collected { stdout: string, stderr: string, truncated: boolean, replaced: boolean }

/** Reads to the end; what is past the bound is read and left out, so that the container is never held up. */
export async function collect (pieces: Readable, collecting: Collecting): Promise<Collected> {
  const collector = new Collector(collecting)
  await collector.take(pieces)
  return collector.result()
}

/** Can be asked for what there is so far, whether the end has come or not. */
export class Collector {
  readonly #outputs: Readonly<Record<Piece['stream'], Bounded>>
  readonly #encoding: Encoding

  constructor ({ limitBytes, encoding = 'utf8' }: Collecting) {
    this.#encoding = encoding
    this.#outputs = { stdout: new Bounded(limitBytes), stderr: new Bounded(limitBytes) }
  }

  async take (pieces: Readable): Promise<void> {
    for await (const { stream, data } of pieces as AsyncIterable<Piece>) this.#outputs[stream].take(data)
  }

  /** What was written so far, for people. */
  words (): string { return Object.values(this.#outputs).map(output => output.told('utf8').text).join('').trim() }

  result (): Collected {
    const { stdout, stderr } = this.#outputs
    const [out, err] = [stdout.told(this.#encoding), stderr.told(this.#encoding)]
    return { stdout: out.text, stderr: err.text, truncated: stdout.full || stderr.full, replaced: out.replaced || err.replaced }
  }
}

class Bounded {
  readonly #parts: Buffer[] = []
  #bytes = 0
  full = false

  constructor (private readonly limit: number) {}

  take (data: Buffer): void {
    const kept = data.subarray(0, this.limit - this.#bytes)
    if (kept.length < data.length) this.full = true
    if (kept.length === 0) return
    this.#parts.push(Buffer.from(kept))
    this.#bytes += kept.length
  }

  /** Of a text, where the bound cuts a character it is left out. */
  told (encoding: Encoding): { readonly text: string, readonly replaced: boolean } {
    const bytes = Buffer.concat(this.#parts)
    if (encoding === 'base64') return { text: bytes.toString('base64'), replaced: false }
    const text = this.full ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8')
    return { text, replaced: !isUtf8(bytes.subarray(0, this.full ? Buffer.byteLength(text) : bytes.length)) }
  }
}
