import { Transform, finished, type Readable } from 'node:stream'
import { failureOf } from '../errors.js'
import { problemOf, type Problem } from '../problem.js'
import { leftEarly } from './record.js'

/** The last item of a stream that failed: without it and without an `end`, a stream was cut. */
export const errorEvent = (error: unknown, requestId: string) =>
  ({ type: 'error', problem: problemOf(failureOf(error), requestId) }) as const

/** What a stream of events ends with. */
export type LastEvent = { readonly type: 'end', readonly reason: string, readonly result?: object } | { readonly type: 'error', readonly problem: Problem }

export const isLast = (item: unknown): item is LastEvent =>
  typeof item === 'object' && item !== null && 'type' in item && (item.type === 'end' || item.type === 'error')

export const shutdownEvent = { type: 'end', reason: 'shutdown' } as const

/**
 * A handler's events, as every surface shows them: a failure becomes a last `error` item, and a shutdown of the
 * gateway a last `end`. Destroying the result lets go of the source.
 */
export function terminated (source: Readable, { requestId, shutdown }: { requestId: string, shutdown: AbortSignal }): Readable {
  const output = new Transform({ objectMode: true, highWaterMark: 16, transform (event, _encoding, done) { done(null, event) } })
  const stop = () => { finish(shutdownEvent); source.destroy() }
  const finish = (event: object) => { if (!output.writableEnded && !output.destroyed) { source.unpipe(output); output.end(event) } }
  finished(source, error => {
    if (error == null) return
    if (leftEarly(error)) output.destroy()
    else finish(errorEvent(error, requestId))
  })
  finished(output, () => { shutdown.removeEventListener('abort', stop); source.destroy() })
  if (shutdown.aborted) stop()
  else shutdown.addEventListener('abort', stop, { once: true })
  return source.pipe(output)
}
