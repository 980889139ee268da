import type { Readable } from 'node:stream'
import type { IdempotentCall } from '../idempotency/idempotent-call.js'
import type { Access } from '../authorization/access.js'
import type { EffectiveGrant } from '../authorization/effective-grant.js'
import type { Actor, Client, VerifiedCredential, TokenSigner } from '../model/caller.js'
import type { Surface } from '../model/kinds.js'
import type { Services } from '../model/services.js'
import type { Target } from '../model/target.js'

export interface Call {
  readonly requestId: string
  readonly surface: Surface
  /** null: nobody signed in. Only operations whose permission is `public` get that far. */
  readonly actor: Actor | null
  readonly client: Client
  /** Aborted when the caller has left or the gateway shuts down. */
  readonly signal: AbortSignal
  /** Aborted when the gateway shuts down. */
  readonly shutdown: AbortSignal
  readonly tokens: TokenSigner
  readonly upload?: Readable
  /** Whatever the caller names it by: the same call under the same key is made once. */
  readonly idempotencyKey?: string
  /**
   * Where the call is a job: what is done behind every check and before the handler. What it throws fails the call. It
   * is given the idempotentCall, where there is a key, and ends it.
   */
  readonly admitted?: (input: Readonly<Record<string, unknown>>, idempotentCall: IdempotentCall | undefined) => Promise<void>
}

/** What a handler is given beside its input. */
export interface Context extends Call, Services {
  readonly target?: Target
  /** What the caller may do, as it stood when the call came; `hosts` has those alone that the caller may know of. */
  readonly access: Access
  /** The grant by which it is made, where the operation has limits; none: there are none. */
  readonly grant?: EffectiveGrant
  /** The call's id in the audit log; for one that goes on from an earlier one under its key, that one's. */
  readonly callId: string
  /** Tells the audit log what was made as soon as it is there, for the case that the call fails behind it. */
  readonly created: (made: { readonly id: string, readonly name: string }) => void
  /** Where the operation has `prove`. */
  readonly verifiedCredential?: VerifiedCredential
}
