import type { Kysely } from 'kysely'
import { Failure, forbidden, unauthenticated } from '../../lib/errors.js'
import { newId } from '../../lib/ids.js'
import type { Actor, Credential, VerifiedCredential, TokenSigner } from '../../model/caller.js'
import type { Subject } from '../../model/target.js'
import type { Schema } from '../../store/schema.js'
import { addToken, beginFamily, endFamily, isRefreshToken, tokenHash, useToken } from './families.js'
import { SignIn, wrongPassword, type SignInOptions } from './sign-in.js'

export interface SessionTokens {
  accessToken: string
  tokenType: 'Bearer'
  /** Of the access token, in seconds. */
  expiresIn: number
  refreshToken: string
}

/** What an access token claims, beside what its signer adds. */
export interface Claims { readonly sub: string, readonly sid: string, readonly sv: number, readonly jti: string }

/** Who is signed in, and until when. */
export class Sessions {
  readonly #db: Kysely<Schema>
  readonly #now: () => Date
  readonly #signIn: SignIn

  constructor (db: Kysely<Schema>, options: SignInOptions = {}) {
    this.#db = db
    this.#now = options.now ?? (() => new Date())
    this.#signIn = new SignIn(db, options)
  }

  /** @throws `unauthenticated`, `rate-limited` */
  async provePassword (username: string, password: string, address: string, concerning: (subject: Subject) => void): Promise<VerifiedCredential> {
    return await this.#signIn.prove(username, password, address, concerning)
  }

  /**
   * Begins a session. The password took time to check: whoever changed it meanwhile, or shut the user out, has ended
   * the sessions there were, and this is not to be one more.
   * @throws `unauthenticated`
   */
  async begin ({ user, version, evidence }: VerifiedCredential, { address, tokens }: { readonly address: string, readonly tokens: TokenSigner }): Promise<SessionTokens> {
    return await this.#db.transaction().execute(async transaction => {
      const same = await transaction.selectFrom('users').select('id').where('id', '=', user.id).where('disabled', '=', 0)
        .where('security_version', '=', version).where('password_hash', '=', evidence).executeTakeFirst()
      if (same === undefined) throw wrongPassword()
      const now = this.#now()
      const family = await beginFamily(transaction, user.id, address, now)
      return answer({ id: user.id, version, family }, await addToken(transaction, family, now), tokens)
    })
  }

  /**
   * Only looks. A token that was used before is proof as well: the session it came from must be ended.
   * @throws `unauthenticated` for one that no living session has
   */
  async proveRefreshToken (refreshToken: string, concerning: (subject: Subject) => void): Promise<VerifiedCredential> {
    const evidence = tokenHash(refreshToken)
    const owner = isRefreshToken(refreshToken) ? await ownerOf(this.#db, evidence) : undefined
    if (owner !== undefined) concerning({ kind: 'user', id: owner.id, name: owner.username })
    if (owner === undefined || !isAlive(owner, this.#now())) throw noSuchToken()
    return { user: { id: owner.id, username: owner.username }, version: owner.version, credential: `refresh:${owner.family}`, evidence }
  }

  /**
   * The token is used up, and the answer has the next. A token that was used before ends the session it came from:
   * one of the two who had it stole it.
   * @throws `unauthenticated`
   */
  async refresh ({ evidence }: VerifiedCredential, tokens: TokenSigner): Promise<SessionTokens> {
    const fresh = await this.#rotate(evidence, tokens)
    if (fresh === 'replayed') throw noSuchToken('refresh-replay')
    return fresh
  }

  /** Ends the caller's session: its access tokens and refresh tokens are worth nothing from now on. */
  async logout ({ credential }: Actor): Promise<void> {
    await endFamily(this.#db, sessionOf(credential), this.#now())
  }

  /**
   * Who an access token stands for, read fresh: its signature alone says who it was.
   * @throws `unauthenticated` when the session ended or the user is disabled, removed or has a new password
   */
  async authenticate ({ sub, sid, sv, jti }: Claims): Promise<Actor> {
    return await this.#signedIn(sub, { kind: 'jwt', id: jti, session: sid }, sv)
  }

  /**
   * Who a caller is by now, for what goes on without a new token.
   * @throws `unauthenticated` when the session ended or the user is disabled or removed; a new password ends sessions
   */
  async reauthenticate ({ id, credential }: Actor): Promise<Actor> {
    return await this.#signedIn(id, credential)
  }

  async #signedIn (userId: string, credential: Credential, version?: number): Promise<Actor> {
    let query = this.#db.selectFrom('session_families as family').innerJoin('users', 'users.id', 'family.user_id')
      .select(['users.id', 'users.username', 'users.admin'])
      .where('family.id', '=', sessionOf(credential)).where('family.ended_at', 'is', null).where('family.expires_at', '>', this.#now().toISOString())
      .where('users.id', '=', userId).where('users.disabled', '=', 0)
    if (version !== undefined) query = query.where('users.security_version', '=', version)
    const user = await query.executeTakeFirst()
    if (user === undefined) throw unauthenticated('the session has ended: sign in again')
    return { id: user.id, username: user.username, admin: user.admin === 1, credential }
  }

  /** Nothing is thrown after the end of the family, or that would be rolled back. */
  async #rotate (hash: string, tokens: TokenSigner): Promise<SessionTokens | 'replayed'> {
    return await this.#db.transaction().execute(async transaction => {
      const now = this.#now()
      const owner = await ownerOf(transaction, hash)
      if (owner === undefined || !isAlive(owner, now)) throw noSuchToken()
      if (await useToken(transaction, hash, now)) return answer(owner, await addToken(transaction, owner.family, now), tokens)
      await endFamily(transaction, owner.family, now)
      return 'replayed'
    })
  }
}

/** A ticket belongs to the session that it was made in. */
function sessionOf (credential: Credential): string {
  switch (credential.kind) {
    case 'jwt': return credential.session
    case 'ticket': return sessionOf(credential.of)
    case 'token': throw forbidden('an API token has no session')
    case 'internal': throw unauthenticated('the gateway itself has no session')
  }
}

const noSuchToken = (rule?: string) => new Failure('unauthenticated', 'the refresh token is not valid: sign in again', { rule })

/** Whose a refresh token is, or was. */
async function ownerOf (db: Kysely<Schema>, hash: string) {
  return await db.selectFrom('refresh_tokens as token')
    .innerJoin('session_families as family', 'family.id', 'token.family_id').innerJoin('users', 'users.id', 'family.user_id')
    .select(['users.id', 'users.username', 'users.disabled', 'users.security_version as version', 'family.id as family', 'family.ended_at', 'family.expires_at'])
    .where('token.hash', '=', hash).executeTakeFirst()
}

type Owner = NonNullable<Awaited<ReturnType<typeof ownerOf>>>

const isAlive = ({ disabled, ended_at: ended, expires_at: expires }: Owner, now: Date): boolean =>
  disabled === 0 && ended === null && expires > now.toISOString()

function answer ({ id, version, family }: Pick<Owner, 'id' | 'version' | 'family'>, refreshToken: string, tokens: TokenSigner): SessionTokens {
  const accessToken = tokens.sign({ sub: id, sid: family, sv: version, jti: newId() })
  return { accessToken, tokenType: 'Bearer', expiresIn: tokens.lifetimeSeconds, refreshToken }
}

declare module '../../model/services.js' {
  interface Services {
    readonly sessions: Sessions
  }
}
