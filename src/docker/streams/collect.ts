import type { Readable } from 'node:stream'
import type { Piece } from './demultiplex.js'

/** What a container wrote, up to a bound on each of its outputs. */
export interface Collected { stdout: string, stderr: string, truncated: boolean }

/** Reads to the end; what is past the bound is read and left out, so that the container is never held up. */
export async function collect (pieces: Readable, limitBytes: number): Promise<Collected> {
  const outputs = { stdout: new Bounded(limitBytes), stderr: new Bounded(limitBytes) }
  for await (const { stream, data } of pieces as AsyncIterable<Piece>) outputs[stream].take(data)
  return { stdout: outputs.stdout.text(), stderr: outputs.stderr.text(), truncated: outputs.stdout.full || outputs.stderr.full }
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

  text (): string {
    return Buffer.concat(this.#parts).toString('utf8')
  }
}
