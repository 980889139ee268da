import type { Resource } from '../model/resource.js'
import { familiarReference } from './patterns.js'

/** What a resource can't be without for a grant to mean it: a text of it that begins like one of these. */
export interface RequiredText {
  /** Which text: `host`, `name`, `image`, or a label as {@link requiredLabel} and {@link requiredLabelIfAny} have it. */
  readonly of: string
  readonly begins: readonly string[]
}

const LABEL = 'label '
const LABEL_IF_ANY = 'label, if any, '

/** Nothing has it. */
export const MATCHES_NOTHING: RequiredText = { of: 'name', begins: [] }

interface Label { readonly key: string, readonly value: string }

export const requiredLabel = ({ key, value }: Label): RequiredText => ({ of: LABEL + key, begins: [value] })

/** The label may be missing. */
export const requiredLabelIfAny = ({ key, value }: Label): RequiredText => ({ of: LABEL_IF_ANY + key, begins: [value] })

const texts: Readonly<Record<string, (resource: Resource) => ReadonlyArray<string | undefined>>> = {
  host: ({ host }) => [host],
  name: ({ name }) => [name],
  image: ({ kind, image, references = [] }) => (kind === 'image' ? references : [image]).map(reference => reference === undefined ? undefined : familiarReference(reference))
}

/** What a resource has of it; undefined: whatever is asked for, it is not without it. */
export function textsOf (resource: Resource, of: string): readonly string[] | undefined {
  const isLabel = of.startsWith(LABEL)
  const isIfAny = of.startsWith(LABEL_IF_ANY)
  const label = isLabel || isIfAny ? resource.labels?.[of.slice((isLabel ? LABEL : LABEL_IF_ANY).length)] : undefined
  if (isIfAny && (label ?? '') === '') return undefined
  const found = isLabel || isIfAny ? [label] : texts[of]?.(resource) ?? []
  // A label called `constructor` that is not there is no text either.
  return found.filter(text => typeof text === 'string')
}
