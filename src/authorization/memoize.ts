/** What is kept of one kind. */
const KEPT = 10_000

/** What texts of the store come to: the same ones come again with every call, and each is worked out once. */
export class Memoized<T> {
  readonly #known = new Map<string, T>()

  constructor (private readonly workOut: (text: string) => T) {}

  of (text: string): T {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (this.#known.size >= KEPT) this.#known.clear()
    const made = this.workOut(text)
    this.#known.set(text, made)
    return made
  }
}
