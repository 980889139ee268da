import type { Kysely, Selectable, Transaction } from 'kysely'
import { conflict, invalidField, noSuch } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import type { Schema, UserTable } from '../store/schema.js'
import { endFamiliesOf } from './sessions/families.js'
import { hashPassword } from './sessions/passwords.js'
import { isUsername, userOf, type User } from './user.js'

export type { User } from './user.js'

export interface NewUser {
  readonly username: string
  readonly password: string
  readonly displayName?: string
  readonly admin?: boolean
  readonly disabled?: boolean
}

/** What is absent stays as it is. An empty `displayName` takes it away. */
export type UserChanges = Partial<Omit<NewUser, 'username'>>

/** Who may sign in. */
export class Users {
  readonly #db: Kysely<Schema>

  constructor (db: Kysely<Schema>) {
    this.#db = db
  }

  /** @throws `conflict` when the username is taken, in whatever case; `invalid-input` when it is not one */
  async create ({ username, password, displayName, admin = false, disabled = false }: NewUser): Promise<User> {
    if (!isUsername(username)) throw invalidField('username', 'is not a username')
    const row = {
      id: newId(),
      username,
      username_key: username.toLowerCase(),
      display_name: displayName === undefined || displayName === '' ? null : displayName,
      admin: truth(admin),
      disabled: truth(disabled),
      password_hash: await hashPassword(password),
      security_version: 1,
      created_at: new Date().toISOString()
    }
    const { numInsertedOrUpdatedRows: made } = await this.#db.insertInto('users').values(row)
      .onConflict(conflict => conflict.column('username_key').doNothing()).executeTakeFirstOrThrow()
    if (made !== 1n) throw conflict(`the username ${username} is taken`)
    return userOf(row)
  }

  async get (id: string): Promise<User | undefined> {
    const row = await this.#db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : await this.#withGroups(row)
  }

  async byUsername (username: string): Promise<User | undefined> {
    const row = await this.#db.selectFrom('users').selectAll().where('username_key', '=', username.toLowerCase()).executeTakeFirst()
    return row === undefined ? undefined : await this.#withGroups(row)
  }

  /** By username. `limit` is 1 to 1000; `cursor` is the `nextCursor` of the page before. */
  async list ({ limit, cursor }: { readonly limit: number, readonly cursor?: string }): Promise<{ items: User[], nextCursor?: string }> {
    const after = cursor === undefined ? '' : usernameIn(cursor)
    const rows = await this.#db.selectFrom('users').selectAll().where('username_key', '>', after).orderBy('username_key').limit(limit + 1).execute()
    const items = await Promise.all(rows.slice(0, limit).map(async row => await this.#withGroups(row)))
    const last = rows[limit - 1]
    return rows.length > limit && last !== undefined ? { items, nextCursor: Buffer.from(last.username_key).toString('base64url') } : { items }
  }

  /**
   * A new password and disabling end all the user's sessions and API tokens.
   * @throws `not-found`; `conflict` when no admin would be left
   */
  async update (id: string, { password, displayName, admin, disabled }: UserChanges): Promise<User> {
    const passwordHash = password === undefined ? undefined : await hashPassword(password)
    await this.#db.transaction().execute(async transaction => {
      if (admin === false || disabled === true) await keepAnAdmin(transaction, id)
      const row = await transaction.updateTable('users').where('id', '=', id)
        .set(({ ref }) => ({
          password_hash: passwordHash ?? ref('password_hash'),
          display_name: displayName === undefined ? ref('display_name') : displayName === '' ? null : displayName,
          admin: admin === undefined ? ref('admin') : truth(admin),
          disabled: disabled === undefined ? ref('disabled') : truth(disabled)
        }))
        .returningAll().executeTakeFirst()
      if (row === undefined) throw noSuch('user', id)
      if (passwordHash !== undefined || disabled === true) await endSessions(transaction, id)
    })
    const user = await this.get(id)
    if (user === undefined) throw noSuch('user', id)
    return user
  }

  /** Ends the user's sessions as well. @throws `not-found`; `conflict` when no admin would be left */
  async remove (id: string): Promise<void> {
    await this.#db.transaction().execute(async transaction => {
      await keepAnAdmin(transaction, id)
      const { numDeletedRows } = await transaction.deleteFrom('users').where('id', '=', id).executeTakeFirst()
      if (numDeletedRows === 0n) throw noSuch('user', id)
    })
  }

  async #withGroups (row: Selectable<UserTable>): Promise<User> {
    const groups = await this.#db.selectFrom('group_members').innerJoin('groups', 'groups.id', 'group_members.group_id')
      .select('groups.name').where('user_id', '=', row.id).orderBy('groups.name').execute()
    return userOf(row, groups.map(({ name }) => name))
  }
}

const truth = (yes: boolean): 0 | 1 => yes ? 1 : 0

/** Called inside the transaction that takes an admin away, so that two at once can't take the last two. */
async function keepAnAdmin (transaction: Transaction<Schema>, without: string): Promise<void> {
  const admins = await transaction.selectFrom('users').select('id').where('admin', '=', 1).where('disabled', '=', 0).limit(2).execute()
  if (admins.length === 1 && admins[0]?.id === without) throw conflict('this is the last admin who can sign in: make another one first')
}

async function endSessions (transaction: Transaction<Schema>, id: string): Promise<void> {
  await transaction.updateTable('users').set(({ eb }) => ({ security_version: eb('security_version', '+', 1) })).where('id', '=', id).execute()
  await endFamiliesOf(transaction, id)
  await transaction.deleteFrom('api_tokens').where('user_id', '=', id).execute()
}

function usernameIn (cursor: string): string {
  const username = Buffer.from(cursor, 'base64url').toString()
  if (!isUsername(username)) throw invalidField('cursor', 'is not a cursor of this list')
  return username
}

declare module '../model/services.js' {
  interface Services {
    readonly users: Users
  }
}
