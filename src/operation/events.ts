import { Transform, finished, type Readable, type TransformCallback } from 'node:stream'
import { Failure, failureOf } from '../lib/errors.js'
import { problemOf, type Problem } from '../lib/problem.js'
import { leftEarly } from '../model/streams.js'

/** The last item of a stream that failed: without it and without an `end`, a stream was cut. */
export const errorEvent = (error: unknown, requestId: string) =>
  ({ type: 'error', problem: problemOf(failureOf(error), requestId) }) as const

/** What a stream of events ends with. */
export type LastEvent = { readonly type: 'end', readonly reason: string, readonly result?: object } | { readonly type: 'error', readonly problem: Problem }

export const isLast = (item: unknown): item is LastEvent =>
  typeof item === 'object' && item !== null && 'type' in item && (item.type === 'end' || item.type === 'error')

export const shutdownEvent = { type: 'end', reason: 'shutdown' } as const

/** The rules by which an open stream is ended from outside. */
export const ENDED_BY = { rights: 'revoked', session: 'session-ended' } as const

/** Why a stream is ended that its reader does not read. */
export const tooSlow = () => new Failure('too-slow', `nothing of the stream was taken for ${SLOW_MS / 1000} seconds`)

/** How long a reader may take nothing of what there is for it. */
export const SLOW_MS = 30_000
const LOOKS = 6

interface TerminatedOptions {
  readonly requestId: string
  readonly shutdown: AbortSignal
  /** Where the reader is not waited for any more: what it would have been told last. Nothing comes of the stream then. */
  readonly onForced?: (last: LastEvent) => void
}

/**
 * A handler's events, as every surface shows them: a failure becomes a last `error` item, rights that were withdrawn and a
 * shutdown of the gateway a last `end`. A reader that takes nothing for too long ends it. Destroying the result lets go of
 * the source.
 */
export function terminated (source: Readable, { requestId, shutdown, onForced }: TerminatedOptions): Readable {
  const output = new Passing()
  const finish = (event: object) => { if (!output.writableEnded && !output.destroyed) { source.unpipe(output); output.end(event) } }
  const force = (last: LastEvent) => {
    if (onForced === undefined || output.destroyed) { finish(last); return }
    onForced(last)
    output.destroy()
  }
  const stop = () => { finish(shutdownEvent); source.destroy() }
  const timer = whenStuck(output, () => { source.destroy(tooSlow()) })
  finished(source, error => {
    if (error == null) return
    if (leftEarly(error)) output.destroy()
    else if (isForced(error)) force(lastOf(error, requestId))
    else finish(errorEvent(error, requestId))
  })
  finished(output, () => {
    clearInterval(timer)
    shutdown.removeEventListener('abort', stop)
    source.destroy()
  })
  if (shutdown.aborted) stop()
  else shutdown.addEventListener('abort', stop, { once: true })
  return source.pipe(output)
}

const lastOf = (error: Error, requestId: string): LastEvent =>
  error instanceof Failure && error.rule === ENDED_BY.rights ? { type: 'end', reason: 'revoked' } : errorEvent(error, requestId)

const isForced = (error: Error): boolean =>
  error instanceof Failure && (error.code === 'too-slow' || Object.values<unknown>(ENDED_BY).includes(error.rule))

/** Passes items on, and counts them. */
class Passing extends Transform {
  passed = 0

  constructor () { super({ objectMode: true, highWaterMark: 16 }) }

  override _transform (event: unknown, _encoding: BufferEncoding, done: TransformCallback): void {
    this.passed++
    done(null, event)
  }
}

/** Looks now and then whether anything was taken of what waits. */
function whenStuck (output: Passing, act: () => void): NodeJS.Timeout {
  let before = 0
  let looks = 0
  return setInterval(() => {
    const waiting = output.readableLength
    const taken = output.passed - waiting
    looks = waiting > 0 && taken === before ? looks + 1 : 0
    before = taken
    if (looks >= LOOKS) act()
  }, SLOW_MS / LOOKS).unref()
}
