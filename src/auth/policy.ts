import type { Kysely } from 'kysely'
import type { Actor, Narrowing } from '../operation/context.js'
import type { Registry } from '../operation/registry.js'
import type { Schema } from '../store/schema.js'
import { Access } from './access/access.js'
import type { Granted } from './access/grant.js'
import { compileMatch, type CompiledMatch, type Match } from './access/match.js'
import { anyOf } from './access/patterns.js'
import { ADMIN_ROLE, BUILT_IN, rightsOf } from './access/roles.js'

export type { Decision } from './access/decision.js'
export { Access } from './access/access.js'

/** A grant's row, as it is found for one user. */
interface Row {
  readonly id: string
  readonly role: string
  readonly group: string | null
  readonly hosts: string
  readonly match: string | null
  /** The patterns of a custom role. */
  readonly operations: string | null
}

/** Who may do what, read fresh for each call. */
export class Policy {
  readonly #db: Kysely<Schema>
  readonly #operations: Registry

  constructor (db: Kysely<Schema>, operations: Registry) {
    this.#db = db
    this.#operations = operations
  }

  /** What a caller may do as of now. Of an admin nothing need be read. */
  async of (actor: Actor | null): Promise<Access> {
    return new Access(actor, actor === null || actor.admin ? [] : await this.entriesOf(actor))
  }

  /** Why a caller may do it: an admin's right, and every grant, less what an API token takes away. */
  async entriesOf ({ id, admin, narrowing }: Actor): Promise<Granted[]> {
    const grants = await this.grantsOf({ id, admin: admin || narrowing?.ofAdmin === true })
    return narrowing === undefined ? grants : grants.map(grant => narrowed(grant, narrowing))
  }

  /** What a user has; what makes an admin one comes first. */
  async grantsOf ({ id, admin }: { readonly id: string, readonly admin: boolean }): Promise<Granted[]> {
    const rows = await this.#db.selectFrom('grants')
      .leftJoin('groups', 'groups.id', 'grants.group_id').leftJoin('roles', 'roles.name', 'grants.role')
      .select(['grants.id', 'grants.role', 'groups.name as group', 'grants.hosts', 'grants.match', 'roles.operations'])
      .where(({ eb, or, selectFrom }) => or([
        eb('grants.user_id', '=', id),
        eb('grants.group_id', 'in', selectFrom('group_members').select('group_id').where('user_id', '=', id))
      ]))
      .orderBy('grants.id').execute()
    const granted = rows.map(row => this.#granted(row))
    return admin ? [this.#adminGrant(), ...granted] : granted
  }

  /** Every label that some grant selects by. */
  async labelKeys (): Promise<string[]> {
    const rows = await this.#db.selectFrom('grants').select('match').where('match', 'is not', null).where('match', 'like', '%"labels"%').distinct().execute()
    return [...new Set(rows.flatMap(({ match }) => compiled(match)?.labels.map(([key]) => key) ?? []))].sort()
  }

  #adminGrant (): Granted {
    return { id: 'admin', role: ADMIN_ROLE, rights: rightsOf(this.#operations, ['*']), hosts: ['*'], onHost: () => true, match: null }
  }

  #granted ({ id, role, group, hosts, match, operations }: Row): Granted {
    const patterns = BUILT_IN[role]?.operations ?? (operations === null ? [] : JSON.parse(operations) as string[])
    const names = JSON.parse(hosts) as string[]
    return { id, role, ...(group === null ? {} : { group }), rights: rightsOf(this.#operations, patterns), hosts: names, onHost: anyOf(names), match: compiled(match) }
  }
}

const matches = new Map<string, CompiledMatch>()
const KEPT = 10_000

/** By its text: the same match comes from the store with every call. */
function compiled (text: string | null): CompiledMatch | null {
  if (text === null) return null
  const known = matches.get(text) ?? compileMatch(JSON.parse(text) as Match)
  if (matches.size >= KEPT) matches.clear()
  matches.set(text, known)
  return known
}

const narrowed = (grant: Granted, { operations, hosts }: Narrowing): Granted =>
  ({ ...grant, narrowed: { allows: operations ?? (() => true), onHost: hosts ?? (() => true), isEverywhere: hosts === undefined } })
