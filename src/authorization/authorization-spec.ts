import type { Target } from '../operation/context.js'
import type { Services } from '../model/services.js'
import type { Claim, Filtered, Stamps, Weighing } from '../model/resource.js'

/** What an operation says of itself for policy, beside its name and its target. Nothing said is the strictest. */
export interface Guarded<I, R> {
  /** Takes a sign-in: what makes credentials can't be done with an API token. */
  readonly sessionOnly?: true
  /** Tells of a host no more than that it is there: whoever has it for a part of a host has it. */
  readonly ofHost?: true
  /** What the rows of its answer, or the events of its stream, are about: callers get those that they may see. */
  readonly filtered?: Filtered
  /** May be called about what is not whole yet, or may be more than its maker may have: it only tells of it, or takes it away. */
  readonly unready?: true
  /** What else its input names. Each is looked at like a target. */
  claims? (input: I): ReadonlyArray<Claim<I>>
  /** What it makes, which gets the labels that grants select by. */
  readonly stamps?: Stamps<I>
  /** What it asks of a host, as the limits of roles look at it: whatever has to be looked up for that is looked up here, once. */
  weighs? (input: I, target: Target | undefined, services: Pick<Services, 'hosts' | 'policy'>): Promise<Weighing>
  /** The names that images are given or lose by it. None: it can't be told. */
  writesImages? (input: I, target: Target | undefined): readonly string[]
  /** The input that becomes the target's name. */
  readonly renames?: keyof I & string
  /** Its answer for who may not exec into the target, or make such a volume: without values of environment variables and without credentials. */
  masked? (result: Awaited<R>): Awaited<R>
}
