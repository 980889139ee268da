import type { Feed } from './feed.js'

/** Feeds by what they are of: whoever wants the same reads the same. */
export class Feeds<F extends Pick<Feed<never>, 'joinable' | 'hold' | 'close' | 'onClose'>> {
  readonly #feeds = new Map<string, F>()

  /** How many streams there are from the engine. */
  get size (): number { return this.#feeds.size }

  /** A feed that can be read; whoever is given it lets go of it. @throws the engine's refusal */
  async hold (key: string, make: () => F): Promise<F> {
    const known = this.#feeds.get(key)
    const feed = known?.joinable === true ? known : this.#add(key, make())
    await feed.hold()
    return feed
  }

  close (): void {
    for (const feed of this.#feeds.values()) feed.close()
  }

  #add (key: string, feed: F): F {
    this.#feeds.set(key, feed)
    feed.onClose = () => { if (this.#feeds.get(key) === feed) this.#feeds.delete(key) }
    return feed
  }
}
