import type { TargetKind } from '../model/kinds.js'
import type { Access } from './access.js'
import type { Resource } from '../model/resource.js'
import type { Target } from '../model/target.js'

/** What a caller may know of. */
export interface Visibility {
  readonly knows: (resource: Resource) => boolean
  /** Whether that is everything of the host. */
  readonly isComplete: boolean
}

/** Asks for nothing before it is asked: most references are found without. */
export const visibilityOf = (access: Pick<Access, 'knows' | 'seesAll'>, host: unknown): Visibility =>
  ({ knows: resource => access.knows(resource), get isComplete () { return access.seesAll(host) } })

/** How one kind of target is found. */
export interface TargetResolver {
  /** The input that names it. */
  readonly field: string
  /**
   * Finds it by what the caller called it. Of several that a beginning of an id means, only those count that the caller may know of.
   * @throws `not-found` in the gateway's own words, `conflict` where it means several, `host-unreachable`, `host-timeout`
   */
  resolve (reference: string, input: Readonly<Record<string, unknown>>, visibility: Visibility): Promise<Target>
}

export type Targets = Readonly<Record<TargetKind, TargetResolver>>

declare module '../model/services.js' {
  interface Services {
    readonly targets: Targets
  }
}
