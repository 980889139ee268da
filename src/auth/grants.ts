import type { Kysely, Transaction } from 'kysely'
import { invalidField, invalidInput, noSuch } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import type { Registry } from '../operation/registry.js'
import type { Schema } from '../store/schema.js'
import { BUILT_IN } from '../authorization/role-rights.js'
import { checkMatch, type Grant, type MatchInput } from './grant.js'
import type { Groups } from './groups.js'
import { idIn } from './pages.js'
import { checkQuota, isQuota, type Quota } from '../authorization/quota.js'
import type { Roles } from './roles.js'
import type { Users } from './users.js'
import { jsonOrNull } from '../lib/json-or-null.js'

export interface NewGrant {
  readonly user?: string
  readonly group?: string
  readonly role: string
  readonly hosts: readonly string[]
  readonly match?: MatchInput
  readonly quota?: Quota
}

/** What is absent stays as it is. */
export interface GrantChanges { readonly role?: string, readonly hosts?: readonly string[], readonly match?: MatchInput, readonly quota?: Quota }

export interface GrantQuery { readonly limit: number, readonly cursor?: string, readonly user?: string, readonly group?: string, readonly role?: string }

interface Parts { readonly users: Users, readonly groups: Groups, readonly roles: Roles, readonly operations: Registry }

/** Who has which role, where, and on what. */
export class Grants {
  readonly #db: Kysely<Schema>
  readonly #parts: Parts

  constructor (db: Kysely<Schema>, parts: Parts) {
    this.#db = db
    this.#parts = parts
  }

  /** @throws `invalid-input` for a grant to nobody, of no role, that nothing could ever match, or whose quota counts nothing */
  async create ({ user, group, role, hosts, match, quota }: NewGrant): Promise<Grant> {
    const holder = await this.#holder(user, group)
    await this.#check({ role, match, quota })
    const id = newId()
    await this.#whileThere(role, async transaction => {
      await transaction.insertInto('grants').values({ id, ...holder, role, hosts: JSON.stringify(hosts), match: jsonOrNull(match), quota: quotaText(quota), created_at: new Date().toISOString() }).execute()
    })
    return await this.#there(id)
  }

  async get (id: string): Promise<Grant | undefined> {
    return (await this.#select({ limit: 1, id }))[0]
  }

  /** In the order in which they were made. `user` are the user's own, not those of their groups. */
  async list ({ limit, ...query }: GrantQuery): Promise<{ items: Grant[], nextCursor?: string }> {
    const grants = await this.#select({ ...query, limit: limit + 1 })
    const items = grants.slice(0, limit)
    return grants.length > limit ? { items, nextCursor: items.at(-1)?.id } : { items }
  }

  /** @throws `not-found`, `invalid-input`; nothing is changed then */
  async update (id: string, { role, hosts, match, quota }: GrantChanges): Promise<Grant> {
    const old = await this.#there(id)
    const wanted = { role: role ?? old.role, match: match ?? old.match, quota: quota ?? old.quota }
    await this.#check(wanted)
    await this.#whileThere(wanted.role, async transaction => {
      await transaction.updateTable('grants').where('id', '=', id).set({ role: wanted.role, hosts: JSON.stringify(hosts ?? old.hosts), match: jsonOrNull(wanted.match), quota: quotaText(wanted.quota) }).execute()
    })
    return await this.#there(id)
  }

  /** @throws `not-found` */
  async remove (id: string): Promise<void> {
    const { numDeletedRows } = await this.#db.deleteFrom('grants').where('id', '=', id).executeTakeFirst()
    if (numDeletedRows === 0n) throw noSuch('grant', id)
  }

  async #there (id: string): Promise<Grant> {
    const grant = await this.get(id)
    if (grant === undefined) throw noSuch('grant', id)
    return grant
  }

  async #holder (user: string | undefined, group: string | undefined): Promise<{ user_id: string | null, group_id: string | null }> {
    if ((user === undefined) === (group === undefined)) throw invalidInput('a grant is to a user or to a group: name one of them', [{ path: '/user', message: 'is needed, or group; not both' }])
    const { users, groups } = this.#parts
    if (user !== undefined) {
      const found = await users.get(user) ?? await users.byUsername(user)
      if (found === undefined) throw invalidField('user', `there is no user ${user}: a grant to nobody would be for whoever comes to be called so`)
      return { user_id: found.id, group_id: null }
    }
    const found = await groups.get(group ?? '') ?? await groups.byName(group ?? '')
    if (found === undefined) throw invalidField('group', `there is no group ${group}`)
    return { user_id: null, group_id: found.id }
  }

  async #check ({ role, match, quota }: Pick<NewGrant, 'role' | 'match' | 'quota'>): Promise<void> {
    const found = await this.#parts.roles.get(role)
    if (found === undefined) throw noRole(role)
    checkMatch(this.#parts.operations, { match, role, operations: found.operations })
    checkQuota(this.#parts.operations, { quota, role, operations: found.operations })
  }

  /** In one transaction with a look at the role: nobody removes it in between. */
  async #whileThere (role: string, work: (transaction: Transaction<Schema>) => Promise<void>): Promise<void> {
    await this.#db.transaction().execute(async transaction => {
      const found = role in BUILT_IN || await transaction.selectFrom('roles').select('name').where('name', '=', role).executeTakeFirst() !== undefined
      if (!found) throw noRole(role)
      await work(transaction)
    })
  }

  async #select ({ limit, cursor, id, user, group, role }: GrantQuery & { readonly id?: string }): Promise<Grant[]> {
    let query = this.#db.selectFrom('grants').leftJoin('users', 'users.id', 'grants.user_id').leftJoin('groups', 'groups.id', 'grants.group_id')
      .select(['grants.id', 'users.username', 'groups.name as group', 'grants.role', 'grants.hosts', 'grants.match', 'grants.quota', 'grants.created_at'])
      .orderBy('grants.id').limit(limit)
    if (cursor !== undefined) query = query.where('grants.id', '>', idIn(cursor))
    if (id !== undefined) query = query.where('grants.id', '=', id)
    if (user !== undefined) query = query.where(({ eb, or }) => or([eb('users.id', '=', user), eb('users.username_key', '=', user.toLowerCase())]))
    if (group !== undefined) query = query.where(({ eb, or }) => or([eb('groups.id', '=', group), eb('groups.name', '=', group)]))
    if (role !== undefined) query = query.where('grants.role', '=', role)
    return (await query.execute()).map(row => ({
      id: row.id,
      ...(row.username === null ? {} : { user: row.username }),
      ...(row.group === null ? {} : { group: row.group }),
      role: row.role,
      hosts: JSON.parse(row.hosts) as string[],
      ...(row.match === null ? {} : { match: JSON.parse(row.match) as MatchInput }),
      ...(row.quota === null ? {} : { quota: JSON.parse(row.quota) as Quota }),
      createdAt: row.created_at
    }))
  }
}

const noRole = (name: string) => invalidField('role', `there is no role ${name}`)

const quotaText = (quota: Quota | undefined): string | null => jsonOrNull(isQuota(quota) ? quota : undefined)

declare module '../model/services.js' {
  interface Services {
    readonly grants: Grants
  }
}
