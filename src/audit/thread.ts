import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { DatabaseLocation } from '../store/sqlite.js'
import type { Answer, Question } from './thread-port.js'

interface Waiting { resolve (value: unknown): void, reject (error: Error): void }

/**
 * A thread of the journal's, with its own connection to the store: SQLite works and syncs there, and requests go on
 * here. It starts with the first question. When it dies, what was asked of it fails, and the next question starts
 * another: the chain's end is read from the store in every transaction, so a new thread has nothing to remember.
 */
export class Thread {
  readonly #name: 'writer-thread' | 'reader-thread'
  readonly #location: DatabaseLocation
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #asked = 0
  #closed = false

  constructor (name: 'writer-thread' | 'reader-thread', location: DatabaseLocation) {
    this.#name = name
    this.#location = location
  }

  /** @throws {Error} what the thread said, or that it died before it answered: then nothing is known of the outcome */
  async ask (kind: string, payload?: unknown): Promise<unknown> {
    if (this.#closed) throw new Error('the journal is closed')
    const worker = this.#worker ??= this.#start()
    const id = this.#asked++
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.ref()
      worker.postMessage({ id, kind, payload } satisfies Question)
    })
  }

  /**
   * Lets the thread finish what it was asked and close its connection. After `deadlineMs` it is left alone: ending a
   * thread inside SQLite would take the whole process with it.
   */
  async close (deadlineMs: number): Promise<void> {
    const worker = this.#worker
    if (worker === undefined || this.#closed) {
      this.#closed = true
      return
    }
    const gone = new Promise<void>(resolve => worker.once('exit', () => { resolve() }))
    const tooLong = new AbortController()
    const late = sleep(deadlineMs, undefined, { signal: tooLong.signal }).then(() => { worker.unref() }, () => {})
    const closing = this.ask('close').catch(() => {})
    this.#closed = true
    await Promise.race([closing.then(async () => { worker.ref(); await gone }), late])
    tooLong.abort()
  }

  #start (): Worker {
    const worker = new Worker(new URL(`./${this.#name}.js`, import.meta.url), { workerData: this.#location })
    let cause: unknown
    worker.on('message', (answer: Answer) => { this.#answered(worker, answer) })
    worker.on('error', error => { cause = error })
    worker.on('exit', () => { this.#died(cause) })
    return worker
  }

  #answered (worker: Worker, answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    // An idle thread does not keep the process alive.
    if (this.#waiting.size === 0) worker.unref()
    if ('error' in answer) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer.value)
  }

  #died (cause: unknown): void {
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(new Error('the journal\'s thread ended before it answered', { cause }))
  }
}
