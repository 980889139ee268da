import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { Failure, noSuch } from '../lib/errors.js'
import type { Actor } from '../model/caller.js'
import type { Call } from '../operation/context.js'
import type { AnyOperation } from '../operation/define.js'
import type { Schema } from '../store/schema.js'
import type { Job } from './job.js'
import { JobReader } from './reader.js'
import { RunningJob } from './running.js'
import { JobStore, type JobQuery, type OwnedJob } from './store.js'

/** Jobs of one user under way at once: each keeps what it told in memory. */
export const RUNNING_EACH = 100
/** How long `cancel` and a shutdown wait for the work to end. */
const END_MS = 2000
/** How often what is old is looked for, at most. */
const SWEEP_MS = 60_000

interface JobsOptions {
  /** How long a job is kept behind its end. */
  readonly retentionMs: number
  readonly log: Pick<Logger, 'error'>
}

/** Long work that outlives the request that began it. */
export class Jobs {
  readonly #store: JobStore
  readonly #options: JobsOptions
  readonly #running = new Map<string, RunningJob>()
  readonly #sweeper: NodeJS.Timeout

  private constructor (db: Kysely<Schema>, options: JobsOptions) {
    this.#store = new JobStore(db)
    this.#options = options
    this.#sweeper = setInterval(() => { void this.sweep() }, Math.max(100, Math.min(SWEEP_MS, options.retentionMs / 2))).unref()
  }

  /** What ran when the gateway ended is told as interrupted from now on. */
  static async open (db: Kysely<Schema>, options: JobsOptions): Promise<Jobs> {
    const jobs = new Jobs(db, options)
    await jobs.#store.interruptAll()
    await jobs.sweep()
    return jobs
  }

  /** Nothing of it is known to anybody before {@link begin}. */
  prepare ({ name }: AnyOperation, actor: Actor | null): RunningJob {
    return new RunningJob(name, actor?.id ?? '')
  }

  /** Settles when it is written down; the engine has heard nothing then. @throws `overloaded` */
  async begin (running: RunningJob, host: string): Promise<void> {
    const { ownerId } = running
    const others = [...this.#running.values()].filter(other => other.ownerId === ownerId && other.job.state === 'running')
    if (others.length >= RUNNING_EACH) throw new Failure('overloaded', `${RUNNING_EACH} jobs of yours are running: wait for one to end, or cancel it`)
    running.begin(host)
    this.#running.set(running.job.id, running)
    try { await this.#store.insert(running.job, ownerId) } catch (error) {
      this.#running.delete(running.job.id)
      throw error
    }
  }

  /** It was refused before it did anything: it is none. */
  async forget ({ job: { id } }: RunningJob): Promise<void> {
    this.#running.delete(id)
    await this.#store.remove(id)
  }

  run (running: RunningJob, opened: Promise<unknown>, call: Pick<Call, 'requestId' | 'shutdown'>): void {
    running.run(opened, call, async () => { await this.#writeDown(running) })
  }

  async find (id: string): Promise<OwnedJob | undefined> {
    const running = this.#running.get(id)
    return running ?? await this.#store.find(id)
  }

  /** @throws `not-found` */
  async get (id: string): Promise<Job> {
    const found = await this.find(id)
    if (found === undefined) throw noSuch('job', id)
    return found.job
  }

  async list (query: JobQuery): Promise<{ items: Job[], nextCursor?: string }> {
    const { items, nextCursor } = await this.#store.list(query)
    return { items: items.map(item => this.#running.get(item.id)?.job ?? item), nextCursor }
  }

  /** Settles when the work has ended, as it stands then; one that has ended already stays as it is. @throws `not-found` */
  async cancel (id: string): Promise<Job> {
    const running = this.#running.get(id)
    running?.stop('cancelled')
    if (running !== undefined) await Promise.race([running.ended, delay(END_MS, undefined, { ref: false })])
    return running?.job ?? await this.get(id)
  }

  /** @throws `not-found`, `invalid-input` for a cursor that is none of this job's */
  async read (id: string, after: string | undefined): Promise<JobReader> {
    const log = this.#running.get(id)?.log ?? await this.#store.log(await this.get(id))
    return new JobReader(log, after)
  }

  /** Lets go of what is old enough, and tries again what could not be written down. */
  async sweep (): Promise<void> {
    for (const running of this.#running.values()) if (running.job.state !== 'running') await this.#writeDown(running)
    try { await this.#store.removeEndedBefore(new Date(Date.now() - this.#options.retentionMs)) } catch (error) {
      this.#options.log.error({ err: error }, 'old jobs could not be removed')
    }
  }

  /** Ends what runs, and settles when that is written down. */
  async close (): Promise<void> {
    clearInterval(this.#sweeper)
    const running = [...this.#running.values()]
    for (const job of running) job.stop('interrupted')
    await Promise.race([Promise.all(running.map(async ({ ended }) => { await ended })), delay(END_MS)])
  }

  /** Until then it is in memory, and told from there. */
  async #writeDown (running: RunningJob): Promise<void> {
    try {
      await this.#store.finish(running.job, running.log)
      this.#running.delete(running.job.id)
    } catch (error) {
      this.#options.log.error({ err: error, job: running.job.id }, 'the end of a job could not be written down')
    }
  }
}

declare module '../model/services.js' {
  interface Services {
    readonly jobs: Jobs
  }
}
