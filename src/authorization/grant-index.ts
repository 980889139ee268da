import type { Resource } from '../model/resource.js'
import { textsOf, type RequiredText } from './required-text.js'

/** Where grants stand that ask for a text which begins like this, and how many ask for it beside something else. */
interface Entry { asked: number, readonly places: number[] }

/** Of one kind of text: what is asked for, and how long that is. */
interface Family { readonly lengths: Set<number>, readonly entries: Map<string, Entry> }

/**
 * Grants, by their places, under what a resource must have for them to mean it. Of a thousand, a decision looks at few, and so
 * does a list for each of its rows. Each stands under the one of its required that it shares with the fewest others.
 */
export class GrantIndex {
  readonly #families = new Map<string, Family>()

  /** @param required of each grant at least one */
  constructor (required: ReadonlyArray<readonly RequiredText[]>) {
    for (const { of, begins } of required.flat()) for (const begin of begins) this.#entry(of, begin).asked++
    required.forEach((required, at) => { this.#place(at, required) })
  }

  /** Those that may mean a resource, in their order; all, where that is soon as many. */
  among<G> (grants: readonly G[], resource: Resource): readonly G[] {
    const found: number[] = []
    for (const places of this.#placesFor(resource)) {
      if (places === undefined || found.length + places.length > grants.length / 2) return grants
      for (const place of places) found.push(place)
    }
    found.sort((one, other) => one - other)
    // One that takes several names may have been found by each.
    return found.flatMap((place, at) => at > 0 && place === found[at - 1] ? [] : grants[place] ?? [])
  }

  /** Undefined where nothing can be left out. */
  * #placesFor (resource: Resource): Iterable<readonly number[] | undefined> {
    for (const [of, { lengths, entries }] of this.#families) {
      const texts = textsOf(resource, of)
      if (texts === undefined) yield undefined
      for (const text of texts ?? []) {
        for (const length of lengths) {
          const places = length > text.length ? undefined : entries.get(text.slice(0, length))?.places
          if (places !== undefined) yield places
        }
      }
    }
  }

  #place (at: number, required: readonly RequiredText[]): void {
    const asked = ({ of, begins }: RequiredText) => Math.max(...begins.map(begin => this.#entry(of, begin).asked))
    const [least, ...others] = required
    if (least === undefined) throw new Error('a grant asks for nothing, not even for a host')
    const { of, begins } = others.reduce((best, must) => asked(must) < asked(best) ? must : best, least)
    for (const begin of begins) {
      this.#family(of).lengths.add(begin.length)
      this.#entry(of, begin).places.push(at)
    }
  }

  #family (of: string): Family {
    let family = this.#families.get(of)
    if (family === undefined) this.#families.set(of, family = { lengths: new Set(), entries: new Map() })
    return family
  }

  #entry (of: string, begin: string): Entry {
    const { entries } = this.#family(of)
    let entry = entries.get(begin)
    if (entry === undefined) entries.set(begin, entry = { asked: 0, places: [] })
    return entry
  }
}
