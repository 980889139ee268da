import type { Services } from '../model/services.js'
import type { TargetKind } from '../model/kinds.js'
import type { ResourceKind, Resource } from '../model/resource.js'
import type { Target } from '../model/target.js'
import type { Limits } from './limits/schema.js'

/** In the place of a part that an operation does not have: why it has none. */
export interface None { readonly none: string }

/** @param reason a sentence for whoever asks why this was left out */
export const none = (reason: string): None => ({ none: reason })

export const isNone = (part: unknown): part is None => typeof part === 'object' && part !== null && 'none' in part

/**
 * The parts that the definition of an operation must have unless it only reads, each as it is or as {@link none}: what is
 * forgotten would be allowed.
 */
export const REQUIRED_PARTS = {
  target: 'the resource that it acts on',
  references: 'what else its input names',
  ownershipLabels: 'what it creates, with the labels that it gets',
  limits: 'the limits of roles that apply to it',
  redact: 'what is left out of its answer for callers who may not see secrets'
} as const

export type RequiredPart = keyof typeof REQUIRED_PARTS

/** What an operation says of itself for authorization, beside its name and its target. Nothing said is the strictest. */
export interface AuthorizationSpec<I, R> {
  /** Takes a sign-in: what makes credentials can't be done with an API token. */
  readonly sessionOnly?: true
  /** Tells of a host no more than that it is there: whoever has it for a part of a host has it. */
  readonly hostOnly?: true
  /** What the rows of its answer, or the events of its stream, are about: callers get those that they may see. */
  readonly rowFilter?: RowFilter
  /** May be called about what is not whole yet, or may be more than its maker may have: it only tells of it, or takes it away. */
  readonly allowsNotReady?: true
  /** What else its input names. Each is looked at like a target. */
  readonly references?: References<I>
  /** What it makes, which gets the labels that grants select by. */
  readonly ownershipLabels?: OwnershipLabels<I>
  /** What it asks of a host, as the limits of roles look at it. */
  readonly limits?: OperationLimits<I>
  /** The names that images are given or lose by it. None: it can't be told. */
  writesImages? (input: I, target: Target | undefined): readonly string[]
  /** The input that becomes the target's name. */
  readonly renames?: keyof I & string
  /** Its answer for who may not exec into the target, or make such a volume: without values of environment variables and without credentials. */
  redact? (result: Awaited<R>): Awaited<R>
}

/** What an input names beside the target, and by which inputs. */
export interface References<I> {
  readonly inputs: ReadonlyArray<keyof I & string>
  readonly of: (input: I) => ReadonlyArray<ResourceReference<I>>
}

/** How the limits of roles apply to an operation. */
export interface OperationLimits<I> {
  /** The inputs for which the tables of limits have a row. */
  readonly inputs: readonly string[]
  /** The other inputs, each with the reason why no limit speaks of it. Those in the path need none. */
  readonly unlimited: Readonly<Record<string, string>>
  /** Whatever has to be looked up for it is looked up here, once. */
  evaluate (input: I, target: Target | undefined, services: Pick<Services, 'hosts' | 'policy'>): Promise<EvaluateLimits>
}

/** An operation, as far as authorization looks at it: each operation is one. */
export interface AuthorizedOperation extends AuthorizationSpec<Input, unknown> {
  /** `noun.verb`, which is the permission as well. */
  readonly name: string
  readonly permission?: 'self' | 'admin' | 'public' | 'internal'
  /** What a call is about. */
  readonly target?: TargetKind
}

/** The operations there are, as far as rights are made of them. */
export type AuthorizedOperations = Iterable<Pick<AuthorizedOperation, 'name' | 'permission' | 'target' | 'rowFilter'>>

type Input = { [name: string]: unknown }

export type Fields = Readonly<Record<string, unknown>>

/** Something else that an input names. What the caller may not see of that is as if it were not there. */
export interface ResourceReference<I> {
  readonly kind: ResourceKind
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
  readonly created?: boolean
}

/** What a call makes, and how the labels of what it makes are given. */
export interface OwnershipLabels<I> {
  readonly kind: ResourceKind
  readonly resource: (input: I) => Pick<Resource, 'name' | 'image' | 'references'>
  /** @throws `invalid-input` where the caller may not give such labels here */
  readonly labels: (input: I) => Readonly<Record<string, string>>
  /** What the input has instead, to give what it makes the labels that come of those that were given, and no others. */
  readonly withLabels: (input: I, withOwnership: (given: Readonly<Record<string, string>>) => Readonly<Record<string, string>>) => Fields
}

/** Something else that a row names. */
export interface NamedResource { readonly kind: ResourceKind, readonly reference: string, readonly host: string, readonly without: () => unknown }

/** The rows of a list, or the events of a stream, of which callers get what they may see. */
export interface RowFilter {
  readonly kinds: readonly ResourceKind[]
  /**
   * What a row is about; null: nothing in particular, which whoever has the operation may know. Absent where there are
   * no rows, since resources are removed by the dozen: the handler keeps to those that the caller may remove.
   */
  readonly resource?: (row: never) => Resource | null
  /** What else a row names, and the row without it: for callers who may know of the one and not of the other. */
  readonly names?: (row: never) => NamedResource | undefined
}

/** What limits have against a call: by which rule, and where in the input, as a JSON Pointer. */
export interface LimitViolation { readonly rule: string, readonly path: string, readonly message: string }

/** A call under the limits of one grant: what they have against it, and what they give it that it did not say. */
export interface LimitEvaluation { readonly violations: readonly LimitViolation[], readonly defaults: Readonly<Record<string, unknown>> }

/** A call that was looked at once, to be weighed against the limits of each grant by which it could be made. */
export type EvaluateLimits = (limits: Limits) => LimitEvaluation
