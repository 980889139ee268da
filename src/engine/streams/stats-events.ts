import { Transform, type TransformCallback } from 'node:stream'
import type { Failure } from '../../lib/errors.js'
import type { EngineStats, StatsStreamEvent } from '../models/stats.js'
import { isEmpty, isFirst, statsOf } from '../stats-sample.js'

interface StatsEventsOptions {
  /** The first sample is wanted, whether the container runs or not. */
  readonly once: boolean
  /** When the container was started; undefined where it was removed. */
  readonly startedAt: () => Promise<string | undefined>
  /** How it ended; undefined where the container runs after all. */
  readonly ending: () => Promise<StatsStreamEvent | undefined>
  /** What it is where the engine has let go of us though the container runs. */
  readonly cut: () => Failure
  /** Lets go of the engine: it goes on with empty samples when a container has ended. */
  readonly stop: () => void
}

/** The engine's samples in, events out, with an end behind them. */
export class StatsEvents extends Transform {
  #previous: EngineStats | undefined
  #over = false

  constructor (private readonly options: StatsEventsOptions) { super({ objectMode: true, highWaterMark: 16 }) }

  override _transform (sample: EngineStats, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#over) { done(); return }
    if (isEmpty(sample) && !this.options.once) { this.#ended().then(() => done(), done); return }
    if (this.#previous === undefined) { this.#first(sample).then(() => done(), done); return }
    this.#tell(sample)
    done()
  }

  async #first (sample: EngineStats): Promise<void> {
    this.#tell(sample, isFirst(sample) ? await this.options.startedAt() : undefined)
    if (this.options.once) await this.#complete()
  }

  #tell (sample: EngineStats, startedAt?: string): void {
    this.push(statsOf(this.#previous, sample, startedAt))
    this.#previous = sample
  }

  override _flush (done: TransformCallback): void {
    if (this.#over) { done(); return }
    this.options.ending().then(end => {
      if (end !== undefined) this.push(end)
      done(end === undefined ? this.options.cut() : null)
    }, done)
  }

  /** One is enough, whether the engine would tell more or not. */
  async #complete (): Promise<void> {
    this.#over = true
    this.push(await this.options.ending())
    this.options.stop()
  }

  async #ended (): Promise<void> {
    this.#previous = undefined
    const end = await this.options.ending()
    if (end === undefined) return
    this.#over = true
    this.push(end)
    this.options.stop()
  }
}
