/** Who calls. */
export interface Actor {
  readonly id: string
  readonly username: string
  readonly admin: boolean
  /** How the caller proved who they are. */
  readonly credential: Credential
  /** What an API token leaves of what its owner may do. */
  readonly tokenScope?: TokenScope
}

/** Absent: not narrowed in this way. */
export interface TokenScope {
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

/** What a caller came in with: a ticket stands for the credential that it was made with. */
export const rootCredential = (credential: Credential): Exclude<Credential, { kind: 'ticket' }> =>
  credential.kind === 'ticket' ? rootCredential(credential.of) : credential

export interface Client {
  readonly address: string
  readonly port?: number
  readonly userAgent?: string
}

/** Whose credential an input turned out to be. What acts on it looks again: between the two, things change. */
export interface VerifiedCredential {
  readonly user: { readonly id: string, readonly username: string }
  /** The user's security version at that moment. */
  readonly version: number
  /** Its kind, and perhaps an id, for the audit log; never the credential itself. */
  readonly credential: string
  /** What the store has of it: the hash of the password, or of the token. */
  readonly evidence: string
}

/** Signs an access token; the surface brings it, so that the services need not know with what. */
export interface TokenSigner {
  sign (claims: { sub: string, sid: string, sv: number, jti: string }): string
  readonly lifetimeSeconds: number
}
