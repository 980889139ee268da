import { PassThrough, finished, type Readable } from 'node:stream'

/**
 * The items of one stream and, when it has ended well, those of the next, which is opened only then. Destroying the
 * result lets go of the one that is being read.
 */
export function inTurn (first: Readable, next: () => Promise<Readable>): Readable {
  const output = new PassThrough({ objectMode: true, highWaterMark: 16 })
  let current = first
  const fail = (error: Error) => { output.destroy(error) }
  const relay = (source: Readable, ended: () => void) => {
    current = source
    finished(source, error => { if (error == null) ended(); else fail(error) })
    if (output.destroyed) source.destroy()
    else source.pipe(output, { end: false })
  }
  finished(output, () => { current.destroy() })
  relay(first, () => { next().then(second => { relay(second, () => output.end()) }, fail) })
  return output
}
