import { EventEmitter } from 'node:events'
import type { JobStreamEvent } from './events.js'

/** What is kept of one job: the oldest events give way to new ones. */
export const LOG_LIMITS = { events: 10_000, characters: 4 * 1024 * 1024 } as const

interface Kept { readonly first: number, readonly lines: readonly string[] }

/** What a job has told: its last events, numbered from 1, as long as they fit, and, once it is there, the end. */
export class JobLog {
  /** Says `news` for each event and for the end. Readers come and go. */
  readonly news = new EventEmitter().setMaxListeners(0)
  readonly #lines: string[]
  #first: number
  #characters = 0
  #end?: JobStreamEvent

  /** `kept` is null where what was told is lost. */
  constructor (readonly kept: Kept | null = { first: 1, lines: [] }, end?: JobStreamEvent) {
    this.#first = kept?.first ?? 1
    this.#lines = [...kept?.lines ?? []]
    this.#end = end
  }

  /** The number of the first that is kept, or will be. */
  get first (): number { return this.#first }

  /** The number of the last that was told. */
  get last (): number { return this.#first + this.#lines.length - 1 }

  get end (): JobStreamEvent | undefined { return this.#end }

  /** What is written down when the job has ended. */
  get lines (): readonly string[] { return this.#lines }

  append (event: object): void {
    const line = JSON.stringify(event)
    this.#lines.push(line)
    this.#characters += line.length
    while (this.#lines.length > LOG_LIMITS.events || this.#characters > LOG_LIMITS.characters) {
      this.#characters -= this.#lines.shift()?.length ?? 0
      this.#first++
    }
    this.news.emit('news')
  }

  finish (end: JobStreamEvent): void {
    this.#end = end
    this.news.emit('news')
  }

  /** An event with its cursor; undefined where it has not been told yet. */
  at (number: number): JobStreamEvent | undefined {
    const line = this.#lines[number - this.#first]
    return line === undefined ? undefined : { ...JSON.parse(line) as object, cursor: String(number) } as JobStreamEvent
  }
}
