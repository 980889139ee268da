import type { Limits } from '../authorization/limits/schema.js'

/** What engines have and grants may be narrowed to. */
export type ThingKind = 'container' | 'image' | 'network' | 'volume'

/** The input that names one. */
export const FIELD_OF = { container: 'id', image: 'image', network: 'network', volume: 'volume' } as const satisfies Record<ThingKind, string>

/** A thing on a host, as far as policy looks at it. */
export interface Thing {
  readonly kind: ThingKind
  readonly host?: string
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  /** The id of the user who made it. */
  readonly owner?: string
  /** Of a container: the image it was asked for. */
  readonly image?: string
  /** Of an image: what names it, by tag and by digest. */
  readonly references?: readonly string[]
}

/** Labels under this are the gateway's own to write. */
export const RESERVED_LABELS = 'dev.caisson.'

/** The label that says whose a thing is: the id of the user who made it. */
export const OWNER_LABEL = `${RESERVED_LABELS}owner`

/** The label that says by which grant a container was made; empty: by none, whatever its image says. */
export const GRANT_LABEL = `${RESERVED_LABELS}grant`

export const isReserved = (label: string): boolean => label.startsWith(RESERVED_LABELS)

type Fields = Readonly<Record<string, unknown>>

/** Something else that an input names. What the caller may not see of that is as if it were not there. */
export interface Claim<I> {
  readonly kind: ThingKind
  readonly reference: string
  /** Where the input names it, as a JSON Pointer. */
  readonly pointer: string
  /** The operation that the caller must be allowed on it; the called one when absent. */
  readonly operation?: string
  /** What the input has instead once it is found: its full id in the name's place. */
  readonly pin?: (input: I, id: string) => Fields
  /** Where it is not there the call would make it: what the caller must be allowed then. */
  readonly otherwise?: string
  /** Whether `otherwise` is needed also where it is there, as the call makes it again. */
  readonly anyway?: boolean
  /** The call is to make what would have this name: one that is there and is not the caller's is in the way. */
  readonly made?: boolean
}

/** What a call makes, and how the labels of what it makes are given. */
export interface Stamps<I> {
  readonly kind: ThingKind
  readonly thing: (input: I) => Pick<Thing, 'name' | 'image' | 'references'>
  /** @throws `invalid-input` where the caller may not give such labels here */
  readonly labels: (input: I) => Readonly<Record<string, string>>
  /** What the input has instead, to give what it makes the labels that come of those that were given, and no others. */
  readonly stamped: (input: I, stamp: (given: Readonly<Record<string, string>>) => Readonly<Record<string, string>>) => Fields
}

/** Something else that a row names. */
export interface Named { readonly kind: ThingKind, readonly reference: string, readonly host: string, readonly without: () => unknown }

/** The rows of a list, or the events of a stream, of which callers get what they may see. */
export interface Filtered {
  readonly kinds: readonly ThingKind[]
  /**
   * What a row is about; null: nothing in particular, which whoever has the operation may know. Absent where there are
   * no rows, since things are removed by the dozen: the handler keeps to those that the caller may remove.
   */
  readonly thing?: (row: never) => Thing | null
  /** What else a row names, and the row without it: for callers who may know of the one and not of the other. */
  readonly names?: (row: never) => Named | undefined
}

/** What limits have against a call: by which rule, and where in the input, as a JSON Pointer. */
export interface Refusal { readonly rule: string, readonly path: string, readonly message: string }

/** A call under the limits of one grant: what they have against it, and what they give it that it did not say. */
export interface Weighed { readonly refusals: readonly Refusal[], readonly adds: Readonly<Record<string, unknown>> }

/** A call that was looked at once, to be weighed against the limits of each grant by which it could be made. */
export type Weighing = (limits: Limits) => Weighed
