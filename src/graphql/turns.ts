/** How many calls of rows one request has under way at the same time. */
const AT_ONCE = 8

const turns = new WeakMap<object, Turns>()

/** Rows ask one after another: a list of a thousand with a relation on each row is not a thousand calls at once. */
export class Turns {
  #free = AT_ONCE
  readonly #waiting: Array<() => void> = []

  /** Those of one request. */
  static of (context: object): Turns {
    const known = turns.get(context) ?? new Turns()
    turns.set(context, known)
    return known
  }

  async run<T> (work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try { return await work() } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
