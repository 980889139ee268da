import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kysely } from 'kysely'
import { conflict, noSuch, unauthenticated } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import type { Actor } from '../model/caller.js'
import type { Schema } from '../store/schema.js'
import { tokenHash } from './sessions/families.js'
import { idIn } from './pages.js'
import type { TokenScopes } from './token-scopes.js'
import type { ApiToken, TokenScopeRow } from './token.js'

const TOKEN = /^cai_([0-9A-HJKMNP-TV-Z]{26})_([\w-]{43})$/
/** How exactly it is written down when a token was used: not every call is to write to the disk. */
const USE_MS = 60_000
/** Of one user. */
export const TOKENS_EACH = 100

export interface OwnedToken { readonly token: ApiToken, readonly ownerId: string }

interface NewToken { readonly name: string, readonly expires: Date, readonly narrowing: TokenScopeRow }

/** Long-lived credentials for programs: named, scoped, and shown only once. */
export class ApiTokens {
  readonly #db: Kysely<Schema>
  readonly #scopes: TokenScopes
  readonly #now: () => Date
  readonly #written = new Map<string, number>()

  constructor (db: Kysely<Schema>, narrowings: TokenScopes, now = () => new Date()) {
    this.#db = db
    this.#scopes = narrowings
    this.#now = now
  }

  /**
   * Expired ones of the user go. The text is returned, and nowhere kept.
   * @throws `conflict` when the user has one of that name, or too many; `invalid-input` for more than the owner has
   */
  async create (owner: Actor, { name, expires, narrowing }: NewToken): Promise<{ token: ApiToken, text: string }> {
    await this.#scopes.check(owner, narrowing)
    const secret = randomBytes(32).toString('base64url')
    const id = newId()
    const now = this.#now().toISOString()
    await this.#db.transaction().execute(async transaction => {
      await transaction.deleteFrom('api_tokens').where('user_id', '=', owner.id).where('expires_at', '<=', now).execute()
      const names = await transaction.selectFrom('api_tokens').select('name').where('user_id', '=', owner.id).execute()
      if (names.some(other => other.name === name)) throw conflict(`you have a token called ${name} already`)
      if (names.length >= TOKENS_EACH) throw conflict(`you have ${names.length} tokens: remove some that are not used`)
      await transaction.insertInto('api_tokens').values({ id, user_id: owner.id, name, hash: tokenHash(secret), narrowing: JSON.stringify(narrowing), created_at: now, expires_at: expires.toISOString() }).execute()
    })
    const found = await this.find(id)
    if (found === undefined) throw noSuch('token', id)
    return { token: found.token, text: `cai_${id}_${secret}` }
  }

  async find (id: string): Promise<OwnedToken | undefined> {
    return (await this.#select({ limit: 1, id }))[0]
  }

  /** In the order in which they were made. */
  async list ({ limit, ...query }: { readonly limit: number, readonly cursor?: string, readonly ownerId?: string }): Promise<{ items: ApiToken[], nextCursor?: string }> {
    const rows = await this.#select({ ...query, limit: limit + 1 })
    const items = rows.slice(0, limit).map(({ token }) => token)
    return rows.length > limit ? { items, nextCursor: items.at(-1)?.id } : { items }
  }

  /** It is worth nothing from then on. @throws `not-found` */
  async remove (id: string): Promise<void> {
    const { numDeletedRows } = await this.#db.deleteFrom('api_tokens').where('id', '=', id).executeTakeFirst()
    if (numDeletedRows === 0n) throw noSuch('token', id)
    this.#written.delete(id)
  }

  /** @throws `unauthenticated`, in the same words whatever is wrong with it */
  async authenticate (text: string, address: string): Promise<Actor> {
    const [, id = '', secret = ''] = TOKEN.exec(text) ?? []
    const row = await this.#living(id)
    // Compared also where there is none: the time says nothing of which ids exist.
    const same = timingSafeEqual(Buffer.from(tokenHash(secret)), Buffer.from(row?.hash ?? tokenHash('')))
    if (row === undefined || !same) throw refused()
    await this.#used(id, address)
    return await this.#actor(row)
  }

  /** Who comes with it by now. @throws `unauthenticated` */
  async reauthenticate (id: string): Promise<Actor> {
    const row = await this.#living(id)
    if (row === undefined) throw refused()
    return await this.#actor(row)
  }

  async #living (id: string) {
    return await this.#db.selectFrom('api_tokens as token').innerJoin('users', 'users.id', 'token.user_id')
      .select(['token.id as token', 'token.hash', 'token.narrowing', 'users.id', 'users.username', 'users.admin'])
      .where('token.id', '=', id).where('token.expires_at', '>', this.#now().toISOString()).where('users.disabled', '=', 0).executeTakeFirst()
  }

  async #actor ({ token, narrowing, id, username, admin }: Living): Promise<Actor> {
    const actor = { id, username, admin: admin === 1, credential: { kind: 'token', id: token } } as const
    const scope = await this.#scopes.of(JSON.parse(narrowing) as TokenScopeRow)
    return scope === undefined ? actor : { ...actor, admin: false, tokenScope: { ...scope, ofAdmin: actor.admin } }
  }

  /** A note and no condition: where the disk is full, the token still lets its owner read. */
  async #used (id: string, address: string): Promise<void> {
    const now = this.#now()
    if (now.getTime() - (this.#written.get(id) ?? 0) < USE_MS) return
    this.#written.set(id, now.getTime())
    const noted = this.#db.updateTable('api_tokens').set({ last_used_at: now.toISOString(), last_used_from: address }).where('id', '=', id).execute()
    await noted.catch(() => { this.#written.delete(id) })
  }

  async #select ({ limit, cursor, id, ownerId }: { readonly limit: number, readonly cursor?: string, readonly id?: string, readonly ownerId?: string }): Promise<OwnedToken[]> {
    let query = this.#db.selectFrom('api_tokens as token').innerJoin('users', 'users.id', 'token.user_id').selectAll('token').select('users.username').orderBy('token.id').limit(limit)
    if (cursor !== undefined) query = query.where('token.id', '>', idIn(cursor))
    if (id !== undefined) query = query.where('token.id', '=', id)
    if (ownerId !== undefined) query = query.where('token.user_id', '=', ownerId)
    return (await query.execute()).map(row => ({ ownerId: row.user_id, token: tokenOf(row) }))
  }
}

interface Living { readonly token: string, readonly hash: string, readonly narrowing: string, readonly id: string, readonly username: string, readonly admin: 0 | 1 }

interface TokenRow { id: string, name: string, username: string, narrowing: string, created_at: string, expires_at: string, last_used_at: string | null, last_used_from: string | null }

const tokenOf = ({ id, name, username: user, narrowing, created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt, last_used_from: lastUsedFrom }: TokenRow): ApiToken => ({
  id,
  name,
  user,
  ...JSON.parse(narrowing) as TokenScopeRow,
  createdAt,
  expiresAt,
  ...(lastUsedAt === null ? {} : { lastUsedAt }),
  ...(lastUsedFrom === null ? {} : { lastUsedFrom })
})

export const isApiToken = (text: string): boolean => text.startsWith('cai_')

const refused = () => unauthenticated('the token is not valid, or no longer: sign in again, or make another API token')

declare module '../model/services.js' {
  interface Services {
    readonly apiTokens: ApiTokens
  }
}
