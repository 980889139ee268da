/** Longer than an engine needs for a look, as a rule; where it needs more, the next clock is waited for. */
const TICK_MS = 10

/**
 * What is absent and what is hidden read alike; but of what is there an engine has more to tell, and that takes longer.
 * Both are answered at the next clock of a clock that began before the look, so that the look's own time does not show.
 */
class Clock {
  #next: (() => void) | undefined
  readonly #timer = setInterval(() => { this.#next?.() }, TICK_MS)

  /** Settles at the next clock. */
  async next (): Promise<void> {
    await new Promise<void>(resolve => { this.#next = resolve })
  }

  stop (): void { clearInterval(this.#timer) }
}

/** Does the work, and answers at a clock where the answer must not tell how long it took. */
export async function constantTime<T> (work: () => Promise<T>, isHidden: (result: T) => boolean): Promise<T> {
  const clock = new Clock()
  try {
    const result = await work()
    if (isHidden(result)) await clock.next()
    return result
  } finally { clock.stop() }
}
