/** Longer than an engine needs for a look, as a rule; where it needs more, the next beat is waited for. */
const BEAT_MS = 10

/**
 * What is absent and what is hidden read alike; but of what is there an engine has more to tell, and that takes longer.
 * Both are answered at the next beat of a clock that began before the look, so that the look's own time does not show.
 */
class Beat {
  #next: (() => void) | undefined
  readonly #timer = setInterval(() => { this.#next?.() }, BEAT_MS)

  /** Settles at the next beat. */
  async next (): Promise<void> {
    await new Promise<void>(resolve => { this.#next = resolve })
  }

  stop (): void { clearInterval(this.#timer) }
}

/** Does the work, and answers at a beat where the answer must not tell how long it took. */
export async function atBeat<T> (work: () => Promise<T>, isHidden: (result: T) => boolean): Promise<T> {
  const beat = new Beat()
  try {
    const result = await work()
    if (isHidden(result)) await beat.next()
    return result
  } finally { beat.stop() }
}
