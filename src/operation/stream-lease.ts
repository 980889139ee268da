import { Readable, finished } from 'node:stream'
import type { Context } from './context.js'
import { isStream, type AnyOperation } from './define.js'

/** A stream is one of so many, and lives as long as its reader may read it. A job's is the job's. */
export async function withStreamLease (operation: AnyOperation, input: Readonly<Record<string, unknown>>, { streams, actor, access, admitted, target }: Context, work: () => Promise<unknown>): Promise<unknown> {
  if (!isStream(operation.output) || actor === null || admitted !== undefined) return await work()
  const leave = streams.enter(actor)
  try {
    const stream = await work()
    if (!(stream instanceof Readable)) throw new Error(`${operation.name} gave back no stream`)
    finished(stream, leave)
    streams.watch(stream, { actor, operation, input, target, access })
    return stream
  } catch (error) {
    leave()
    throw error
  }
}
