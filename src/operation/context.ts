import type { Readable } from 'node:stream'
import type { Attempt } from '../idempotency/attempt.js'
import type { SubjectKind, Surface, TargetKind } from './define.js'
import type { Thing } from '../model/resource.js'
import type { Access } from '../authorization/access.js'
import type { Granted } from '../authorization/effective-grant.js'
import type { Services } from '../model/services.js'

/** Who calls. */
export interface Actor {
  readonly id: string
  readonly username: string
  readonly admin: boolean
  /** How the caller proved who they are. */
  readonly credential: Credential
  /** What an API token leaves of what its owner may do. */
  readonly narrowing?: Narrowing
}

/** Absent: not narrowed in this way. */
export interface Narrowing {
  readonly operations?: (name: string) => boolean
  readonly hosts?: (name: string) => boolean
  /** Whether the owner is an admin: of everything, this is what is left. */
  readonly ofAdmin: boolean
}

export type Credential =
  /** The gateway itself; the id says what for. */
  | { readonly kind: 'internal', readonly id: string }
  | { readonly kind: 'jwt', readonly id: string, readonly session: string }
  /** An API token. */
  | { readonly kind: 'token', readonly id: string }
  /** Good once; with what it was made, and so ends. */
  | { readonly kind: 'ticket', readonly id: string, readonly of: Credential }

export interface Client {
  readonly address: string
  readonly port?: number
  readonly userAgent?: string
}

/** What a call is about, resolved to what can't be renamed. */
export interface Target {
  readonly kind: TargetKind
  readonly host?: string
  /** The full id. */
  readonly id: string
  readonly name?: string
  /** What the caller called it. */
  readonly reference: string
  readonly labels?: Readonly<Record<string, string>>
  readonly owner?: string
  /** Of a container: the image it was asked for. */
  readonly image?: string
  /** Of an exec: its container, by which is decided. */
  readonly within?: Thing
  /** Of an image: what names it. */
  readonly references?: readonly string[]
  /** Why nothing but `unready` operations may be done with it for now; a sentence without its subject. */
  readonly unready?: string
  /** What was read to resolve it, so that a handler need not read it again. */
  readonly object?: unknown
}

/** What the journal says a call was about. */
export interface Subject {
  readonly kind: SubjectKind
  readonly id: string
  readonly name?: string
}

/** Whose credential an input turned out to be. What acts on it looks again: between the two, things change. */
export interface Proof {
  readonly user: { readonly id: string, readonly username: string }
  /** The user's security version at that moment. */
  readonly version: number
  /** Its kind, and perhaps an id, for the journal; never the credential itself. */
  readonly credential: string
  /** What the store has of it: the hash of the password, or of the token. */
  readonly evidence: string
}

/** Signs an access token; the surface brings it, so that the services need not know with what. */
export interface TokenSigner {
  sign (claims: { sub: string, sid: string, sv: number, jti: string }): string
  readonly lifetimeSeconds: number
}

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
   * is given the attempt, where there is a key, and ends it.
   */
  readonly admitted?: (input: Readonly<Record<string, unknown>>, attempt: Attempt | undefined) => Promise<void>
}

/** What a handler is given beside its input. */
export interface Context extends Call, Services {
  readonly target?: Target
  /** What the caller may do, as it stood when the call came; `hosts` has those alone that the caller may know of. */
  readonly access: Access
  /** The grant by which it is made, where the operation has limits; none: there are none. */
  readonly grant?: Granted
  /** The call's id in the journal; for one that goes on from an earlier one under its key, that one's. */
  readonly callId: string
  /** Tells the journal what was made as soon as it is there, for the case that the call fails behind it. */
  readonly made: (made: { readonly id: string, readonly name: string }) => void
  /** Where the operation has `prove`. */
  readonly proof?: Proof
}
