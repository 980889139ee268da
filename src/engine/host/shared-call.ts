/**
 * One call at a time, for what an engine does not do twice at once. Whoever asks while it runs shares the next call
 * with all others who wait, so the answer is never older than the question.
 */
export class SharedCall<T> {
  private running: Promise<T> | undefined
  private next: Promise<T> | undefined

  /** Settles with the call, or fails with the signal's reason. A call that nobody waits for any more goes on to its own deadline. */
  async ask (call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    return await Promise.race([this.begunLater(call), aborted(signal)])
  }

  private async begunLater (call: () => Promise<T>): Promise<T> {
    if (this.running === undefined) return await this.begin(call)
    this.next ??= this.running.then(noop, noop).then(async () => {
      this.next = undefined
      return await this.begin(call)
    })
    return await this.next
  }

  private async begin (call: () => Promise<T>): Promise<T> {
    const running = call().finally(() => { this.running = undefined })
    this.running = running
    return await running
  }
}

const noop = (): void => {}

const aborted = async (signal: AbortSignal): Promise<never> =>
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
