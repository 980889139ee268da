import type { Thing } from '../model/resource.js'
import { familiarReference } from './patterns.js'

/** What a thing can't be without for a grant to mean it: a text of it that begins like one of these. */
export interface Must {
  /** Which text: `host`, `name`, `image`, or a label as {@link mustLabel} and {@link mustNotContradict} have it. */
  readonly of: string
  readonly begins: readonly string[]
}

const LABEL = 'label '
const LABEL_IF_ANY = 'label, if any, '

/** Nothing has it. */
export const NOTHING: Must = { of: 'name', begins: [] }

interface Label { readonly key: string, readonly value: string }

export const mustLabel = ({ key, value }: Label): Must => ({ of: LABEL + key, begins: [value] })

/** The label may be missing. */
export const mustNotContradict = ({ key, value }: Label): Must => ({ of: LABEL_IF_ANY + key, begins: [value] })

const texts: Readonly<Record<string, (thing: Thing) => ReadonlyArray<string | undefined>>> = {
  host: ({ host }) => [host],
  name: ({ name }) => [name],
  image: ({ kind, image, references = [] }) => (kind === 'image' ? references : [image]).map(reference => reference === undefined ? undefined : familiarReference(reference))
}

/** What a thing has of it; undefined: whatever is asked for, it is not without it. */
export function textsOf (thing: Thing, of: string): readonly string[] | undefined {
  const isLabel = of.startsWith(LABEL)
  const isIfAny = of.startsWith(LABEL_IF_ANY)
  const label = isLabel || isIfAny ? thing.labels?.[of.slice((isLabel ? LABEL : LABEL_IF_ANY).length)] : undefined
  if (isIfAny && (label ?? '') === '') return undefined
  const found = isLabel || isIfAny ? [label] : texts[of]?.(thing) ?? []
  // A label called `constructor` that is not there is no text either.
  return found.filter(text => typeof text === 'string')
}
