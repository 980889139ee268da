import type { Kysely, Selectable } from 'kysely'
import { conflict, invalidInput, noSuch } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import type { GroupTable, Schema } from '../store/schema.js'
import { isName, type Group } from './names.js'
import { nameCursor, nameIn } from './pages.js'

export interface GroupChanges {
  readonly name?: string
  /** An empty one takes it away. */
  readonly description?: string
  /** All its members from then on, by id or username. */
  readonly members?: readonly string[]
}

/** Users that are granted something together. */
export class Groups {
  readonly #db: Kysely<Schema>

  constructor (db: Kysely<Schema>) {
    this.#db = db
  }

  /** @throws `conflict` when the name is taken; `invalid-input` for a member that is no user. Nothing is made then. */
  async create ({ name, description, members = [] }: GroupChanges & { readonly name: string }): Promise<Group> {
    return await this.#db.transaction().execute(async transaction => {
      const row = { id: newId(), name, description: description === undefined || description === '' ? null : description, created_at: new Date().toISOString() }
      await untaken(transaction, name)
      await transaction.insertInto('groups').values(row).execute()
      await setMembers(transaction, row.id, members)
      return await groupOf(transaction, row)
    })
  }

  async get (id: string): Promise<Group | undefined> {
    return await this.#find('id', id)
  }

  async byName (name: string): Promise<Group | undefined> {
    return await this.#find('name', name)
  }

  /** By name. */
  async list ({ limit, cursor }: { readonly limit: number, readonly cursor?: string }): Promise<{ items: Group[], nextCursor?: string }> {
    const rows = await this.#db.selectFrom('groups').selectAll().where('name', '>', cursor === undefined ? '' : nameIn(cursor, isName)).orderBy('name').limit(limit + 1).execute()
    const items = await Promise.all(rows.slice(0, limit).map(async row => await groupOf(this.#db, row)))
    return rows.length > limit ? { items, nextCursor: nameCursor(items.at(-1)?.name) } : { items }
  }

  /** @throws `not-found`, `conflict`, `invalid-input`; nothing is changed then */
  async update (id: string, { name, description, members }: GroupChanges): Promise<Group> {
    return await this.#db.transaction().execute(async transaction => {
      if (name !== undefined) await untaken(transaction, name, id)
      const row = await transaction.updateTable('groups').where('id', '=', id)
        .set(({ ref }) => ({ name: name ?? ref('name'), description: description === undefined ? ref('description') : description === '' ? null : description }))
        .returningAll().executeTakeFirst()
      if (row === undefined) throw noSuch('group', id)
      if (members !== undefined) await setMembers(transaction, id, members)
      return await groupOf(transaction, row)
    })
  }

  /** Its grants go with it. @throws `not-found` */
  async remove (id: string): Promise<void> {
    const { numDeletedRows } = await this.#db.deleteFrom('groups').where('id', '=', id).executeTakeFirst()
    if (numDeletedRows === 0n) throw noSuch('group', id)
  }

  async #find (column: 'id' | 'name', text: string): Promise<Group | undefined> {
    const row = await this.#db.selectFrom('groups').selectAll().where(column, '=', text).executeTakeFirst()
    return row === undefined ? undefined : await groupOf(this.#db, row)
  }
}

async function untaken (db: Kysely<Schema>, name: string, by?: string): Promise<void> {
  const other = await db.selectFrom('groups').select('id').where('name', '=', name).executeTakeFirst()
  if (other !== undefined && other.id !== by) throw conflict(`the name ${name} is taken by another group`)
}

async function setMembers (db: Kysely<Schema>, groupId: string, members: readonly string[]): Promise<void> {
  const users = await Promise.all(members.map(async (member, at) => await userId(db, member, at)))
  await db.deleteFrom('group_members').where('group_id', '=', groupId).execute()
  const rows = [...new Set(users)].map(id => ({ group_id: groupId, user_id: id }))
  if (rows.length > 0) await db.insertInto('group_members').values(rows).execute()
}

async function userId (db: Kysely<Schema>, member: string, at: number): Promise<string> {
  const found = await db.selectFrom('users').select('id').where(({ eb, or }) => or([eb('id', '=', member), eb('username_key', '=', member.toLowerCase())]))
    .orderBy(({ eb }) => eb('id', '=', member), 'desc').executeTakeFirst()
  if (found === undefined) throw invalidInput(`members: there is no user ${member}`, [{ path: `/members/${at}`, message: 'is no user' }])
  return found.id
}

async function groupOf (db: Kysely<Schema>, { id, name, description, created_at: createdAt }: Selectable<GroupTable>): Promise<Group> {
  const members = await db.selectFrom('group_members').innerJoin('users', 'users.id', 'group_members.user_id').select('users.username')
    .where('group_id', '=', id).orderBy('users.username_key').execute()
  return { id, name, ...(description === null ? {} : { description }), members: members.map(({ username }) => username), createdAt }
}

declare module '../model/services.js' {
  interface Services {
    readonly groups: Groups
  }
}
