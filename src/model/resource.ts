/** What engines have and grants may be narrowed to. */
export type ResourceKind = 'container' | 'image' | 'network' | 'volume'

/** The input that names one. */
export const INPUT_OF = { container: 'id', image: 'image', network: 'network', volume: 'volume' } as const satisfies Record<ResourceKind, string>

/** A resource on a host, as far as policy looks at it. */
export interface Resource {
  readonly kind: ResourceKind
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

/** The label that says whose a resource is: the id of the user who made it. */
export const OWNER_LABEL = `${RESERVED_LABELS}owner`

/** The label that says by which grant a container was made; empty: by none, whatever its image says. */
export const GRANT_LABEL = `${RESERVED_LABELS}grant`

export const isReserved = (label: string): boolean => label.startsWith(RESERVED_LABELS)
