/** Lines at once: bounds how long one transaction holds the store. */
const BATCH = 2_000

interface Waiting {
  /** null: nothing to write, only to be told when all before it was. */
  readonly text: string | null
  readonly settle: (error?: unknown) => void
}

/**
 * Group commit: one batch is under way at a time, and what comes meanwhile is the next. Under load a sync is
 * shared by many lines; at rest a line waits for none but its own.
 */
export class CommitQueue {
  readonly #commit: (texts: string[]) => Promise<unknown>
  #waiting: Waiting[] = []
  #committing = false

  constructor (commit: (texts: string[]) => Promise<unknown>) {
    this.#commit = commit
  }

  get size (): number {
    return this.#waiting.length
  }

  /**
   * Settles when the line is committed and synced. After `deadlineMs` it fails; a line that was not under way by
   * then is withdrawn, of one that was the outcome is not known.
   */
  async add (text: string | null, deadlineMs?: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = deadlineMs === undefined ? undefined : setTimeout(() => { this.#giveUp(waiting, deadlineMs) }, deadlineMs)
      const settle = (error?: unknown) => {
        clearTimeout(timer)
        if (error === undefined) resolve()
        else reject(error)
      }
      const waiting: Waiting = { text, settle }
      this.#waiting.push(waiting)
      void this.#run()
    })
  }

  #giveUp (waiting: Waiting, deadlineMs: number): void {
    this.#waiting = this.#waiting.filter(other => other !== waiting)
    waiting.settle(new Error(`the line was not on disk within ${deadlineMs} ms`))
  }

  async #run (): Promise<void> {
    if (this.#committing) return
    this.#committing = true
    // What arrives in this turn of the event loop goes into the first batch together.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) await this.#commitBatch(this.#waiting.splice(0, BATCH))
    this.#committing = false
  }

  async #commitBatch (batch: readonly Waiting[]): Promise<void> {
    const texts = batch.flatMap(({ text }) => text ?? [])
    try {
      if (texts.length > 0) await this.#commit(texts)
      for (const { settle } of batch) settle()
    } catch (error) {
      for (const { settle } of batch) settle(error)
    }
  }
}
