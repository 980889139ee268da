import type { Thing } from '../../operation/things.js'
import type { Granted } from './grant.js'

type Places = number[]

/**
 * Grants by the first label that each asks for. Of a thousand, those alone may mean a thing that ask for what it has, and those
 * that ask for none: a decision looks at few of them, and so does a list for each of its rows.
 */
export class GrantsByLabel {
  /** Of each key its values, and of each value where the grants stand. */
  readonly #places = new Map<string, Map<string, Places>>()
  readonly #unlabelled: Places = []

  constructor (readonly all: readonly Granted[]) {
    for (let at = 0; at < all.length; at++) this.#add(all[at]?.match?.labels[0], at)
  }

  /** Those that may mean a thing, in their order; all of them where no thing is told, and of images, where a label is no must. */
  about (thing: Thing | undefined): readonly Granted[] {
    if (thing === undefined || thing.kind === 'image' || this.#places.size === 0) return this.all
    const found = this.#unlabelled.slice()
    for (const [key, values] of this.#places) {
      const value = thing.labels?.[key]
      const places = value === undefined ? undefined : values.get(value)
      if (places !== undefined) found.push(...places)
    }
    return found.sort((one, other) => one - other).flatMap(at => this.all[at] ?? [])
  }

  #add (label: { readonly key: string, readonly value: string } | undefined, at: number): void {
    if (label === undefined) { this.#unlabelled.push(at); return }
    let values = this.#places.get(label.key)
    if (values === undefined) this.#places.set(label.key, values = new Map())
    const places = values.get(label.value)
    if (places === undefined) values.set(label.value, [at])
    else places.push(at)
  }
}
