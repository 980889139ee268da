/** An item of a live stream; where a reader can go on behind it, it has a cursor. */
export interface LiveEvent { readonly type: string, readonly cursor?: string }

interface Entry<E> { readonly event: E, readonly endsAt: number }

/** What an item takes beside its text, roughly. */
const OVERHEAD = 64
/** Below so many that have gone, the list is not made anew. */
const SLACK = 1024

/** The last items of a stream, numbered from 0 as they came, as long as they fit. */
export class Ring<E extends LiveEvent> {
  #entries: Array<Entry<E>> = []
  /** How many at the beginning of the list have gone. */
  #gone = 0
  #first = 0
  #startsAt = 0
  #endsAt = 0
  readonly #places = new Map<string, number>()

  constructor (private readonly limit: number, private readonly sizeOf: (event: E) => number) {}

  /** The number of the oldest that is here, or will be. */
  get first (): number { return this.#first }

  /** The number of the next that comes. */
  get next (): number { return this.#first + this.#entries.length - this.#gone }

  /** @returns what had to give way */
  append (event: E): E[] {
    if (event.cursor !== undefined) this.#places.set(event.cursor, this.next)
    this.#endsAt += this.sizeOf(event) + OVERHEAD
    this.#entries.push({ event, endsAt: this.#endsAt })
    const evicted: E[] = []
    while (this.#endsAt - this.#startsAt > this.limit && this.next - this.#first > 1) evicted.push(this.#evict())
    return evicted
  }

  at (number: number): E | undefined {
    return number < this.#first ? undefined : this.#entries[number - this.#first + this.#gone]?.event
  }

  /** All that there is from this number on. */
  from (number: number): E[] {
    return this.#entries.slice(Math.max(number - this.#first, 0) + this.#gone).map(({ event }) => event)
  }

  /** The number of the item with this cursor, where it is here. */
  placeOf (cursor: string): number | undefined {
    return this.#places.get(cursor)
  }

  /** What it takes from this number on. */
  sizeFrom (number: number): number {
    const before = this.#entries[number - 1 - this.#first + this.#gone]
    return this.#endsAt - (number <= this.#first || before === undefined ? this.#startsAt : before.endsAt)
  }

  #evict (): E {
    const { event, endsAt } = this.#entries[this.#gone] as Entry<E>
    if (event.cursor !== undefined && this.#places.get(event.cursor) === this.#first) this.#places.delete(event.cursor)
    this.#startsAt = endsAt
    this.#first++
    if (++this.#gone > SLACK && this.#gone > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#gone)
      this.#gone = 0
    }
    return event
  }
}
