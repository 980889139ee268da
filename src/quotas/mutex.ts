/** Work under the same name is done one after another, in the order in which it came. */
export class Mutex {
  readonly #last = new Map<string, Promise<void>>()

  async take<T> (name: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(name) ?? Promise.resolve()).then(work)
    const over = mine.then(() => {}, () => {})
    this.#last.set(name, over)
    void over.then(() => { if (this.#last.get(name) === over) this.#last.delete(name) })
    return await mine
  }
}
