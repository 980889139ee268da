import type { Readable } from 'node:stream'

/** An object-mode Readable whose items are of type `T`; the type is carried for the compiler alone. */
export interface EventStream<T> extends Readable {
  readonly itemType?: T
}

/** The reader went away: an ordinary end, not a failure. */
export const leftEarly = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'))
