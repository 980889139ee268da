import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import type { IdempotentCall } from '../idempotency/idempotent-call.js'
import type { Call } from '../operation/context.js'
import type { AnyOperation } from '../operation/define.js'
import { invoke } from '../operation/invoke.js'
import type { Services } from '../model/services.js'
import type { Job } from './job.js'
import type { RunningJob } from './running.js'

/**
 * Runs an operation with events as a job, or finds the one that was begun under the same key. Settles once it is written down and under way; with an upload, once that has
 * been read in, for the upload belongs to the request.
 * @throws {Failure} what `invoke()` refuses, and what the handler refuses without having asked anybody; that is no job
 */
export async function startJob (operation: AnyOperation, rawInput: unknown, call: Call & Services): Promise<Job> {
  const running = call.jobs.prepare(operation, call.actor)
  const { opened, begun } = begin(running, operation, rawInput, call)
  const idempotentCall = await begun
  if (isJob(idempotentCall)) return await asItStands(idempotentCall, call)
  const refused = await Promise.race([opened.then(() => undefined, (error: unknown) => error), nextTurn()])
  if (refused !== undefined) {
    await call.jobs.forget(running)
    await idempotentCall?.release()
    throw refused
  }
  call.jobs.run(running, opened, call)
  if (call.upload !== undefined) await Promise.race([readIn(call.upload), running.ended])
  if (idempotentCall !== undefined) await settle(idempotentCall, running)
  return running.job
}

/** One that ended before its upload had come whole did nothing: its key is free for another try. */
async function settle (idempotentCall: IdempotentCall, { job }: RunningJob): Promise<void> {
  if (idempotentCall.hasAll || job.state === 'running' || job.state === 'succeeded') await idempotentCall.keep(job)
  else await idempotentCall.release()
}

/** What was begun: perhaps under a key, or under the same key before. */
interface Begun { readonly opened: Promise<unknown>, readonly begun: Promise<IdempotentCall | Job | undefined> }

function begin (running: RunningJob, operation: AnyOperation, rawInput: unknown, call: Call & Services): Begun {
  let admit = (_: IdempotentCall | undefined) => {}
  const admission = new Promise<IdempotentCall | undefined>(resolve => { admit = resolve })
  const admitted: Call['admitted'] = async ({ host }, idempotentCall) => {
    try { await call.jobs.begin(running, String(host)) } catch (error) {
      await idempotentCall?.release()
      throw error
    }
    admit(idempotentCall)
  }
  const opened = invoke(operation, rawInput, { ...call, signal: running.signal, admitted })
  return { opened, begun: Promise.race([admission, opened.then(first => first as Job)]) }
}

const isJob = (begun: IdempotentCall | Job | undefined): begun is Job => begun !== undefined && 'state' in begun

/** A job that is kept no longer is told as it was at first. */
const asItStands = async (first: Job, { jobs }: Services): Promise<Job> => (await jobs.find(first.id))?.job ?? first

const readIn = async (upload: Readable) => {
  if (!upload.readableEnded) await new Promise<void>(resolve => { upload.once('end', resolve) })
}
