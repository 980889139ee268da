/** Each may hold an answer. */
const MOST = 1000

/**
 * What could not be written about calls that have ended, because the store's disk was full, say. It is tried again before
 * a call's key is looked at: else a call that did nothing would read `outcome-unknown` for a day.
 */
export class OwedWrites {
  readonly #writes = new Map<string, () => Promise<void>>()

  /** The newest are kept. */
  add (callId: string, write: () => Promise<void>): void {
    this.#writes.set(callId, write)
    const [oldest] = this.#writes.keys()
    if (this.#writes.size > MOST && oldest !== undefined) this.#writes.delete(oldest)
  }

  has (callId: string): boolean { return this.#writes.has(callId) }

  /** @throws what the store says, and then it is still owed */
  async settle (callId: string): Promise<void> {
    await this.#writes.get(callId)?.()
    this.#writes.delete(callId)
  }

  async settleAll (): Promise<void> {
    for (const callId of [...this.#writes.keys()]) await this.settle(callId)
  }
}
