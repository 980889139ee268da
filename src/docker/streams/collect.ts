import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Piece } from './demultiplex.js'

/** What a container wrote, up to a bound on each of its outputs. */
export interface Collected { stdout: string, stderr: string, truncated: boolean }

/** Reads to the end; what is past the bound is read and left out, so that the container is never held up. */
export async function collect (pieces: Readable, limitBytes: number): Promise<Collected> {
  const collector = new Collector(limitBytes)
  await collector.take(pieces)
  return collector.result()
}

/** Can be asked for what there is so far, whether the end has come or not. */
export class Collector {
  readonly #outputs: Readonly<Record<Piece['stream'], Bounded>>

  constructor (limitBytes: number) {
    this.#outputs = { stdout: new Bounded(limitBytes), stderr: new Bounded(limitBytes) }
  }

  async take (pieces: Readable): Promise<void> {
    for await (const { stream, data } of pieces as AsyncIterable<Piece>) this.#outputs[stream].take(data)
  }

  result (): Collected {
    const { stdout, stderr } = this.#outputs
    return { stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.full || stderr.full }
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

  /** Where the bound cuts a character, it is left out. */
  text (): string {
    const bytes = Buffer.concat(this.#parts)
    return this.full ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8')
  }
}
