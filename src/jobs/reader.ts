import { Readable } from 'node:stream'
import { invalidField } from '../lib/errors.js'
import type { JobStreamEvent } from './events.js'
import type { JobLog } from './log.js'

/**
 * A job's events, as one reader takes them: what is kept behind the cursor, then what comes, then the end. It takes
 * from the log when it has room, so that a slow reader holds up neither the job nor anybody else, and is told what
 * has fallen out of the log meanwhile.
 */
export class JobReader extends Readable {
  readonly #log: JobLog
  #next: number
  #lost: boolean
  readonly #wake = () => { this._read() }

  /** @throws `invalid-input` where the job has not come as far as `after` */
  constructor (log: JobLog, after: string | undefined) {
    super({ objectMode: true, highWaterMark: 16 })
    this.#log = log
    this.#next = Number(after ?? 0) + 1
    this.#lost = log.kept === null
    if (!this.#lost && this.#next > log.last + 1) throw invalidField('after', 'is not a cursor of this job\'s events')
  }

  override _read (): void {
    const event = this.#take()
    if (event === undefined) { this.#log.news.once('news', this.#wake); return }
    this.push(event)
    if (event === this.#log.end) this.push(null)
  }

  override _destroy (error: Error | null, done: (error?: Error | null) => void): void {
    this.#log.news.off('news', this.#wake)
    done(error)
  }

  #take (): JobStreamEvent | undefined {
    if (this.#lost) return this.#tellLost()
    const missed = this.#log.first - this.#next
    if (missed > 0) { this.#next = this.#log.first; return { type: 'dropped', count: missed } }
    const event = this.#log.at(this.#next)
    if (event === undefined) return this.#log.end
    this.#next++
    return event
  }

  #tellLost (): JobStreamEvent {
    this.#lost = false
    this.#next = this.#log.first
    return { type: 'dropped', count: null }
  }
}
