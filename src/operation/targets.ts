import type { Target } from './context.js'
import type { TargetKind } from './define.js'

/** How one kind of target is found. */
export interface TargetResolver {
  /** The input that names it. */
  readonly field: string
  /**
   * Finds it by what the caller called it.
   * @throws `not-found` in the gate's own words, `host-unreachable`, `host-timeout`
   */
  resolve (reference: string, input: Readonly<Record<string, unknown>>): Promise<Target>
}

export type Targets = Readonly<Record<TargetKind, TargetResolver>>
