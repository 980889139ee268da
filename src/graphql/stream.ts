import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Call } from '../operation/context.js'
import { isLast, terminated, type LastEvent } from '../operation/events.js'

/** How long a stream may take to end by itself behind its last item. */
const GRACE_MS = 1000

const DONE = { done: true, value: undefined } as const

/**
 * A stream of events as a subscription reads it: the last item (`end` or `error`) completes it, and leaving always
 * lets go of the engine. A stream's own iterator ignores return() before the first next(), and fails a next() that is
 * waiting when the stream is destroyed; this one does neither.
 */
export function iterate (source: unknown, call: Pick<Call, 'requestId' | 'shutdown'>, onLast: (last: LastEvent) => void = () => {}): AsyncIterableIterator<unknown> {
  if (!(source instanceof Readable)) throw new TypeError('an operation with events did not give a stream')
  const stream = terminated(source, call)
  const iterator = stream[Symbol.asyncIterator]()
  let last = false

  /** Behind the last item the stream is given a moment: destroyed before its end it would count as left early. */
  const read = async () => last ? await Promise.race([iterator.next(), delay(GRACE_MS, DONE, { ref: false })]) : await iterator.next()
  const leave = async () => { stream.destroy(); return DONE }
  return {
    async next () {
      try {
        const { done, value } = await read()
        if (done === true || last) return await leave()
        last = isLast(value)
        if (last) onLast(value as LastEvent)
        return { done: false, value }
      } catch (error) {
        if (stream.destroyed) return DONE
        throw error
      }
    },
    return: leave,
    [Symbol.asyncIterator] () { return this }
  }
}
