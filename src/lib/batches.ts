import type { OutgoingMessage } from 'node:http'
import { pipeline, type Readable, type Writable } from 'node:stream'
import { TRANSFER_BYTES } from './transfer.js'

/** The batches for a client: what one read of a socket gives at most. */
export const CLIENT_BATCH = 64 * 1024
/**
 * Those for an engine: more than a unix socket takes at once. An engine that has read all there is goes to sleep, and
 * the next write wakes it: 16,500 times in a gigabyte with a write for each chunk, half as often like this.
 */
export const ENGINE_BATCH = TRANSFER_BYTES
/** How long less than that may wait for more. */
const HOLD_MS = 2

/**
 * A pipeline of many bytes into a message. What comes in pieces leaves together: each write wakes the reader and is a
 * chunk for it to read, and where both share a machine's processors that costs more than the bytes do. A batch is what
 * is written at once, unless the socket's own bound is less: over TLS it is 16 KiB.
 */
export function sendInBatches (source: Readable, message: OutgoingMessage | Writable, batchBytes: number, done: (error: NodeJS.ErrnoException | null) => void): void {
  let held = 0
  let timer: NodeJS.Timeout | undefined
  const release = () => {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    held = 0
    message.uncork()
  }
  source.on('data', (chunk: Buffer) => {
    held += chunk.length
    if (timer !== undefined) return
    timer = setTimeout(release, HOLD_MS)
    message.cork()
  })
  // What came before the end, or before what broke the source off, is the reader's all the same, unless somebody who heard
  // of it earlier has cut the message off.
  source.once('end', release).once('error', release)
  // Writes between the listener above and the one below.
  pipeline(source, message, error => { release(); done(error ?? null) })
  source.on('data', () => { if (held >= batchBytes || message.writableNeedDrain) release() })
}
