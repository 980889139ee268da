import type { Kysely, Selectable } from 'kysely'
import { ulid } from 'ulid'
import { Failure, unauthenticated } from '../errors.js'
import type { Actor, TokenSigner } from '../operation/context.js'
import type { Schema, UserTable } from '../store/schema.js'
import { addToken, beginFamily, endFamily, isRefreshToken, tokenHash, useToken } from './families.js'
import { ATTEMPT_LIMITS, LoginAttempts, type AttemptLimits } from './login-attempts.js'
import { passwordMatches } from './passwords.js'

export interface SessionTokens {
  accessToken: string
  tokenType: 'Bearer'
  /** Of the access token, in seconds. */
  expiresIn: number
  refreshToken: string
}

/** What an access token claims, beside what its signer adds. */
export interface Claims { readonly sub: string, readonly sid: string, readonly sv: number, readonly jti: string }

export interface SessionOptions {
  readonly now?: () => Date
  readonly attempts?: AttemptLimits
}

/** Sign-ins under way at once: each costs 19 MiB and a thread of the pool while it is checked. */
const SIGN_INS = 100

type UserRow = Pick<Selectable<UserTable>, 'id' | 'security_version'>
type ProvenUser = Pick<Selectable<UserTable>, 'id' | 'security_version' | 'password_hash'>

/** Who is signed in, and until when. */
export class Sessions {
  readonly #db: Kysely<Schema>
  readonly #now: () => Date
  readonly #attempts: LoginAttempts
  #signIns = 0

  constructor (db: Kysely<Schema>, { now = () => new Date(), attempts = ATTEMPT_LIMITS }: SessionOptions = {}) {
    this.#db = db
    this.#now = now
    this.#attempts = new LoginAttempts(db, now, attempts)
  }

  /**
   * @throws `unauthenticated`, in the same words and the same time for a wrong password, an unknown and a disabled
   * user; `rate-limited` after ten wrong passwords in a row
   */
  async login (username: string, password: string, { address, tokens }: { readonly address: string, readonly tokens: TokenSigner }): Promise<SessionTokens> {
    if (this.#signIns >= SIGN_INS) throw new Failure('overloaded', 'too many people sign in at this moment: try again')
    this.#signIns++
    try {
      const known = await this.#find(username) !== undefined
      const user = await this.#attempts.attempt(username, known, async () => {
        // Others may have been before it in the queue for this name: what counts is the password there is now.
        const user = await this.#find(username)
        const right = await passwordMatches(user?.password_hash, password)
        if (!right || user?.disabled !== 0) throw wrongPassword()
        return user
      })
      return await this.#begin(user, address, tokens)
    } finally {
      this.#signIns--
    }
  }

  /**
   * The token is used up, and the answer has the next. A token that was used before ends the session it came from:
   * one of the two who had it stole it.
   * @throws `unauthenticated`
   */
  async refresh (refreshToken: string, tokens: TokenSigner): Promise<SessionTokens> {
    const fresh = isRefreshToken(refreshToken) ? await this.#rotate(tokenHash(refreshToken), tokens) : undefined
    if (fresh === undefined) throw unauthenticated('the refresh token is not valid: sign in again')
    return fresh
  }

  /** Ends the caller's session: its access tokens and refresh tokens are worth nothing from now on. */
  async logout ({ credential }: Actor): Promise<void> {
    await endFamily(this.#db, credential.session, this.#now())
  }

  /**
   * Who an access token stands for, read fresh: its signature alone says who it was.
   * @throws `unauthenticated` when the session ended or the user is disabled, removed or has a new password
   */
  async authenticate ({ sub, sid, sv, jti }: Claims): Promise<Actor> {
    const user = await this.#db.selectFrom('session_families as family').innerJoin('users', 'users.id', 'family.user_id')
      .select(['users.id', 'users.username', 'users.admin'])
      .where('family.id', '=', sid).where('family.ended_at', 'is', null).where('family.expires_at', '>', this.#now().toISOString())
      .where('users.id', '=', sub).where('users.disabled', '=', 0).where('users.security_version', '=', sv)
      .executeTakeFirst()
    if (user === undefined) throw unauthenticated('the session has ended: sign in again')
    return { id: user.id, username: user.username, admin: user.admin === 1, credential: { kind: 'jwt', id: jti, session: sid } }
  }

  async #find (username: string) {
    return await this.#db.selectFrom('users').selectAll().where('username_key', '=', username.toLowerCase()).executeTakeFirst()
  }

  /** The password took time to check, and whoever changed it, or shut the user out, has ended the sessions there were. */
  async #begin (user: ProvenUser, address: string, tokens: TokenSigner): Promise<SessionTokens> {
    return await this.#db.transaction().execute(async transaction => {
      const now = this.#now()
      if (!await isStill(transaction, user)) throw wrongPassword()
      const family = await beginFamily(transaction, user.id, address, now)
      return answer(user, family, await addToken(transaction, family, now), tokens)
    })
  }

  /** undefined: refused. Nothing is thrown inside, or the end of the family would be rolled back. */
  async #rotate (hash: string, tokens: TokenSigner): Promise<SessionTokens | undefined> {
    return await this.#db.transaction().execute(async transaction => {
      const now = this.#now()
      const user = await liveOwner(transaction, hash, now)
      if (user === undefined) return undefined
      if (await useToken(transaction, hash, now)) return answer(user, user.family_id, await addToken(transaction, user.family_id, now), tokens)
      await endFamily(transaction, user.family_id, now)
      return undefined
    })
  }
}

const wrongPassword = () => unauthenticated('the username or the password is wrong')

/** Whether the user may sign in, and is as it was when the password was checked. */
async function isStill (db: Kysely<Schema>, user: ProvenUser): Promise<boolean> {
  const { id, security_version: version, password_hash: hash } = user
  const same = await db.selectFrom('users').select('id').where('id', '=', id).where('disabled', '=', 0)
    .where('security_version', '=', version).where('password_hash', '=', hash).executeTakeFirst()
  return same !== undefined
}

/** Whose a refresh token is, while its family lives. */
async function liveOwner (db: Kysely<Schema>, hash: string, now: Date) {
  return await db.selectFrom('refresh_tokens as token')
    .innerJoin('session_families as family', 'family.id', 'token.family_id').innerJoin('users', 'users.id', 'family.user_id')
    .select(['users.id', 'users.security_version', 'token.family_id'])
    .where('token.hash', '=', hash).where('family.ended_at', 'is', null).where('family.expires_at', '>', now.toISOString()).where('users.disabled', '=', 0)
    .executeTakeFirst()
}

function answer ({ id, security_version: sv }: UserRow, sid: string, refreshToken: string, tokens: TokenSigner): SessionTokens {
  const accessToken = tokens.sign({ sub: id, sid, sv, jti: ulid() })
  return { accessToken, tokenType: 'Bearer', expiresIn: tokens.lifetimeSeconds, refreshToken }
}
