import type { Kysely } from 'kysely'
import type { Actor, TokenScope } from '../model/caller.js'
import type { AuthorizedOperations } from './authorization-spec.js'
import type { Schema } from '../store/schema.js'
import { Access } from './access.js'
import type { EffectiveGrant } from './effective-grant.js'
import { compileMatch, type Match } from './selector.js'
import { GrantIndexCache } from './grant-index-cache.js'
import { anyOf, beginOf } from './patterns.js'
import { Memoized } from './memoize.js'
import { ADMIN_ROLE, BUILT_IN, builtInLimits, rightsOf, type Rights } from './role-rights.js'
import type { Limits } from './limits/schema.js'
import type { Quota } from './quota.js'

export type { Decision } from './decision.js'
export { Access } from './access.js'

/** A grant's row, as it is found for one user. */
interface Row {
  readonly id: string
  readonly role: string
  readonly group: string | null
  readonly hosts: string
  readonly match: string | null
  /** The patterns of a custom role. */
  readonly operations: string | null
  /** Its limits. */
  readonly limits: string | null
  readonly quota: string | null
}

/** The same texts come to the same object, by which limits are told apart. */
const allLimits = new Memoized(text => JSON.parse(text) as Limits)

const quotas = new Memoized(text => JSON.parse(text) as Quota)

const matches = new Memoized(text => compileMatch(JSON.parse(text) as Match))

const hostsIn = (hosts: readonly string[]) => ({ hosts, onHost: anyOf(hosts), requiredHost: { of: 'host', begins: hosts.map(beginOf) } })

const everywhere = hostsIn(['*'])

/** Who may do what, read fresh for each call. */
export class Policy {
  readonly #db: Kysely<Schema>
  readonly #builtIn: Memoized<Rights>
  readonly #custom: Memoized<Rights>
  readonly #orders = new GrantIndexCache()
  readonly #hosts = new Memoized(text => hostsIn(JSON.parse(text) as string[]))

  constructor (db: Kysely<Schema>, operations: AuthorizedOperations) {
    this.#db = db
    this.#builtIn = new Memoized(role => rightsOf(operations, BUILT_IN[role]?.operations ?? []))
    this.#custom = new Memoized(text => rightsOf(operations, JSON.parse(text) as string[]))
  }

  /** What a caller may do as of now. Of an admin nothing need be read. */
  async of (actor: Actor | null): Promise<Access> {
    if (actor === null || actor.admin) return new Access(actor, [])
    const grants = await this.entriesOf(actor)
    return new Access(actor, grants, this.#orders.of(actor.id, grants))
  }

  /** Why a caller may do it: an admin's right, and every grant, less what an API token takes away. */
  async entriesOf ({ id, admin, tokenScope }: Actor): Promise<EffectiveGrant[]> {
    const grants = await this.grantsOf({ id, admin: admin || tokenScope?.ofAdmin === true })
    return tokenScope === undefined ? grants : grants.map(grant => scoped(grant, tokenScope))
  }

  /** What a user has; what makes an admin one comes first. */
  async grantsOf ({ id, admin }: { readonly id: string, readonly admin: boolean }): Promise<EffectiveGrant[]> {
    const rows = await this.#db.selectFrom('grants')
      .leftJoin('groups', 'groups.id', 'grants.group_id').leftJoin('roles', 'roles.name', 'grants.role')
      .select(['grants.id', 'grants.role', 'groups.name as group', 'grants.hosts', 'grants.match', 'grants.quota', 'roles.operations', 'roles.limits'])
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
    return [...new Set(rows.flatMap(({ match }) => match === null ? [] : matches.of(match).labels.map(({ key }) => key)))].sort()
  }

  /** Folders of a host in which whoever has some grant there may write. The whole host is none of them: who has that needs no detour. */
  async writtenOn (host: string): Promise<string[]> {
    const rows = await this.#db.selectFrom('roles').innerJoin('grants', 'grants.role', 'roles.name').select(['roles.limits', 'grants.hosts'])
      .where('roles.limits', 'like', '%"bindRoots"%').distinct().execute()
    const roots = rows.filter(({ hosts }) => this.#hosts.of(hosts).onHost(host)).flatMap(({ limits }) => allLimits.of(limits).bindRoots ?? [])
    return [...new Set(roots.filter(({ path, readOnly }) => readOnly !== true && path !== '/').map(({ path }) => path))]
  }

  #adminGrant (): EffectiveGrant {
    return { id: 'admin', role: ADMIN_ROLE, rights: this.#rights(ADMIN_ROLE, null), ...everywhere, match: null, limits: null, quota: null }
  }

  #granted ({ id, role, group, hosts, match, operations, limits, quota }: Row): EffectiveGrant {
    return { id, role, ...(group === null ? {} : { group }), rights: this.#rights(role, operations), ...this.#hosts.of(hosts), match: match === null ? null : matches.of(match), limits: role in BUILT_IN ? builtInLimits(role) : allLimits.of(limits ?? '{}'), quota: quota === null ? null : quotas.of(quota) }
  }

  #rights (role: string, operations: string | null): Rights {
    return role in BUILT_IN ? this.#builtIn.of(role) : operations === null ? NONE : this.#custom.of(operations)
  }
}

const NONE: Rights = { operations: new Set(), kinds: new Set() }

const scoped = (grant: EffectiveGrant, { operations, hosts }: TokenScope): EffectiveGrant =>
  ({ ...grant, scope: { allows: operations ?? (() => true), onHost: hosts ?? (() => true), isEverywhere: hosts === undefined } })

declare module '../model/services.js' {
  interface Services {
    readonly policy: Policy
  }
}
