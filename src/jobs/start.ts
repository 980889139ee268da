import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import type { Call } from '../operation/context.js'
import type { AnyOperation } from '../operation/define.js'
import { invoke } from '../operation/invoke.js'
import type { Services } from '../services.js'
import type { Job } from './job.js'
import type { RunningJob } from './running.js'

/**
 * Runs an operation with events as a job. Settles once it is written down and under way; with an upload, once that has
 * been read in, for the upload belongs to the request.
 * @throws {Failure} what the door refuses, and what the handler refuses without having asked anybody; that is no job
 */
export async function startJob (operation: AnyOperation, rawInput: unknown, call: Call & Services): Promise<Job> {
  const running = call.jobs.prepare(operation, call.actor)
  const { opened, begun } = begin(running, operation, rawInput, call)
  await begun
  const refused = await Promise.race([opened.then(() => undefined, (error: unknown) => error), nextTurn()])
  if (refused !== undefined) {
    await call.jobs.forget(running)
    throw refused
  }
  call.jobs.run(running, opened, call)
  if (call.upload !== undefined) await Promise.race([readIn(call.upload), running.ended])
  return running.job
}

interface Begun { readonly opened: Promise<unknown>, readonly begun: Promise<void> }

function begin (running: RunningJob, operation: AnyOperation, rawInput: unknown, call: Call & Services): Begun {
  let admit = () => {}
  const admission = new Promise<void>(resolve => { admit = resolve })
  const admitted: Call['admitted'] = async ({ host }) => {
    await call.jobs.begin(running, String(host))
    admit()
  }
  const opened = invoke(operation, rawInput, { ...call, signal: running.signal, admitted })
  return { opened, begun: Promise.race([admission, opened.then(() => {})]) }
}

const readIn = async (upload: Readable) => {
  if (!upload.readableEnded) await new Promise<void>(resolve => { upload.once('end', resolve) })
}
