import type { Kysely, Selectable } from 'kysely'
import { conflict, noSuch } from '../lib/errors.js'
import type { Registry } from '../operation/registry.js'
import type { RoleTable, Schema } from '../store/schema.js'
import { BUILT_IN, builtInLimits } from '../authorization/role-rights.js'
import { checkLimits } from '../authorization/limits/check.js'
import type { Limits } from '../authorization/limits/schema.js'
import { checkOperations, type Role } from './role.js'

export interface RoleChanges {
  /** An empty one takes it away. */
  readonly description?: string
  readonly operations?: readonly string[]
  readonly limits?: Limits
  /** Whether limits that give the whole host are meant. */
  readonly force?: boolean
}

/** The roles there are: the built-in ones, and those that somebody made. */
export class Roles {
  readonly #db: Kysely<Schema>
  readonly #operations: Registry

  constructor (db: Kysely<Schema>, operations: Registry) {
    this.#db = db
    this.#operations = operations
  }

  /** @throws `conflict` when the name is taken; `invalid-input` for operations that are none, and for limits that say nothing */
  async create (name: string, { description = '', operations = [], limits = {}, force }: RoleChanges): Promise<Role> {
    checkOperations(this.#operations, operations)
    checkLimits({ limits, force })
    const row = { name, description: description === '' ? null : description, operations: JSON.stringify(operations), limits: JSON.stringify(limits), created_at: new Date().toISOString() }
    const { numInsertedOrUpdatedRows: made } = name in BUILT_IN
      ? { numInsertedOrUpdatedRows: 0n }
      : await this.#db.insertInto('roles').values(row).onConflict(conflict => conflict.column('name').doNothing()).executeTakeFirstOrThrow()
    if (made !== 1n) throw conflict(`there is a role ${name} already`)
    return roleOf(row)
  }

  async get (name: string): Promise<Role | undefined> {
    const builtIn = BUILT_IN[name]
    if (builtIn !== undefined) return { name, description: builtIn.description, builtIn: true, operations: [...builtIn.operations], ...limitsOf(name) }
    const row = await this.#db.selectFrom('roles').selectAll().where('name', '=', name).executeTakeFirst()
    return row === undefined ? undefined : roleOf(row)
  }

  /** The built-in ones first, the others by name. */
  async list (): Promise<Role[]> {
    const builtIn = await Promise.all(Object.keys(BUILT_IN).map(async name => await this.get(name)))
    const rows = await this.#db.selectFrom('roles').selectAll().orderBy('name').execute()
    return [...builtIn.filter(role => role !== undefined), ...rows.map(roleOf)]
  }

  /** @throws `not-found`; `conflict` for a built-in one; `invalid-input` */
  async update (name: string, { description, operations, limits, force }: RoleChanges): Promise<Role> {
    refuseBuiltIn(name)
    if (operations !== undefined) checkOperations(this.#operations, operations)
    checkLimits({ limits, force })
    const row = await this.#db.updateTable('roles').where('name', '=', name)
      .set(({ ref }) => ({
        description: description === undefined ? ref('description') : description === '' ? null : description,
        operations: operations === undefined ? ref('operations') : JSON.stringify(operations),
        limits: limits === undefined ? ref('limits') : JSON.stringify(limits)
      })).returningAll().executeTakeFirst()
    if (row === undefined) throw noSuch('role', name)
    return roleOf(row)
  }

  /** @throws `not-found`; `conflict` for a built-in one, and for one that grants name */
  async remove (name: string): Promise<void> {
    refuseBuiltIn(name)
    await this.#db.transaction().execute(async transaction => {
      const grant = await transaction.selectFrom('grants').select('id').where('role', '=', name).executeTakeFirst()
      if (grant !== undefined) throw conflict(`grants such as ${grant.id} give the role ${name}: remove or change them first`)
      const { numDeletedRows } = await transaction.deleteFrom('roles').where('name', '=', name).executeTakeFirst()
      if (numDeletedRows === 0n) throw noSuch('role', name)
    })
  }
}

function limitsOf (name: string): { readonly limits?: Limits } {
  const limits = builtInLimits(name)
  return limits === null ? {} : { limits }
}

function refuseBuiltIn (name: string): void {
  if (name in BUILT_IN) throw conflict(`the role ${name} is built in: it stays as it is; make one of your own instead`)
}

function roleOf ({ name, description, operations, limits, created_at: createdAt }: Selectable<RoleTable>): Role {
  return { name, ...(description === null ? {} : { description }), builtIn: false, operations: JSON.parse(operations) as string[], limits: JSON.parse(limits) as Limits, createdAt }
}

declare module '../model/services.js' {
  interface Services {
    readonly roles: Roles
  }
}
