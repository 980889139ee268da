import type { Kysely } from 'kysely'
import type { Hosts } from '../engine/hosts.js'
import type { Registry } from '../operation/registry.js'
import type { Schema } from '../store/schema.js'
import { ApiTokens } from './api-tokens.js'
import { Callers } from './callers.js'
import { Grants } from './grants.js'
import { Groups } from './groups.js'
import { TokenScopes } from './token-scopes.js'
import { Policy } from '../authorization/policy.js'
import { Roles } from './roles.js'
import { Sessions } from './sessions/sessions.js'
import { Tickets } from './tickets.js'
import type { Users } from './users.js'

interface Needed { readonly users: Users, readonly hosts: Hosts, readonly operations: Registry, readonly digestKey: Uint8Array }

/** Who callers are and what they may do: the services of sign-in and access, in the order in which they need each other. */
export function openAccess (db: Kysely<Schema>, { users, hosts, operations, digestKey }: Needed) {
  const policy = new Policy(db, operations)
  const groups = new Groups(db)
  const roles = new Roles(db, operations)
  const grants = new Grants(db, { users, groups, roles, operations })
  const sessions = new Sessions(db, { digestKey })
  const apiTokens = new ApiTokens(db, new TokenScopes({ policy, roles, operations, hosts }))
  return { policy, groups, roles, grants, sessions, apiTokens, callers: new Callers(sessions, apiTokens), tickets: new Tickets() }
}
