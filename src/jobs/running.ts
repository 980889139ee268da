import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { monotonicFactory } from 'ulid'
import { failureOf } from '../lib/errors.js'
import { problemOf, type Problem } from '../lib/problem.js'
import { leftEarly } from '../model/streams.js'
import type { Call } from '../operation/context.js'
import { isLast, terminated, type LastEvent } from '../operation/events.js'
import { lastEventOf } from './events.js'
import type { Job } from './job.js'
import { JobLog } from './log.js'

/** Why a job was ended from outside. */
type Stopped = 'cancelled' | 'interrupted'

type Outcome = Pick<Job, 'state' | 'result' | 'error'>

const nextId = monotonicFactory()

/** Work under way. Its signal is its own: whoever began it may leave. */
export class RunningJob {
  readonly log = new JobLog()
  readonly #controller = new AbortController()
  #stopped?: Stopped
  #ended: Promise<void> | undefined
  #job: Job

  constructor (operation: string, readonly ownerId: string) {
    this.#job = { id: nextId(), operation, host: '', state: 'running', createdAt: new Date().toISOString() }
  }

  /** As it stands now. */
  get job (): Job { return this.#job }

  get signal (): AbortSignal { return this.#controller.signal }

  /** Settles when it has ended and is written down. */
  get ended (): Promise<void> { return this.#ended ?? Promise.resolve() }

  begin (host: string): void {
    this.#job = { ...this.#job, host }
  }

  /** Ends the work; what it comes to after that is for the engine alone. */
  stop (why: Stopped): void {
    this.#stopped ??= why
    this.#controller.abort()
  }

  /** Reads what the work tells to its end, and then writes it down. */
  run (opened: Promise<unknown>, call: Pick<Call, 'requestId' | 'shutdown'>, writeDown: () => Promise<void>): void {
    const interrupt = () => { this.stop('interrupted') }
    if (call.shutdown.aborted) interrupt()
    else call.shutdown.addEventListener('abort', interrupt, { once: true })
    this.#ended = this.#follow(opened, call).then(async outcome => {
      call.shutdown.removeEventListener('abort', interrupt)
      this.#job = { ...this.#job, ...outcome, endedAt: new Date().toISOString() }
      this.log.finish(lastEventOf(this.#job))
      // Whoever follows is told first: the database waits for the disk.
      await nextTurn()
      await writeDown()
    })
  }

  async #follow (opened: Promise<unknown>, call: Pick<Call, 'requestId' | 'shutdown'>): Promise<Outcome> {
    try {
      const last = await this.#read(await opened, call)
      if (last?.type === 'end' && last.reason !== 'shutdown') return { state: 'succeeded', result: last.result }
      return this.#notDone(last?.type === 'error' ? last.problem : undefined)
    } catch (error) {
      return this.#notDone(leftEarly(failureOf(error).cause) ? undefined : problemOf(failureOf(error), call.requestId))
    }
  }

  async #read (source: unknown, call: Pick<Call, 'requestId' | 'shutdown'>): Promise<LastEvent | undefined> {
    if (!(source instanceof Readable)) throw new TypeError('an operation with events did not give a stream')
    const events = terminated(source, call)
    const stop = () => { events.destroy() }
    if (this.signal.aborted) stop()
    else this.signal.addEventListener('abort', stop, { once: true })
    let last: LastEvent | undefined
    for await (const event of events) {
      if (isLast(event)) last = event
      else this.log.append(event as object)
    }
    return last
  }

  /** Whoever sent it as an upload and left within it has cancelled it. */
  #notDone (error: Problem | undefined): Outcome {
    if (this.#stopped !== undefined) return { state: this.#stopped }
    return error === undefined ? { state: 'cancelled' } : { state: 'failed', error }
  }
}
