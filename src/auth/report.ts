import Type, { type Static } from 'typebox'
import type { Access } from '../authorization/access.js'
import { allows, type EffectiveGrant } from '../authorization/effective-grant.js'
import { MatchInput } from './grant.js'
import { Limits } from '../authorization/limits/schema.js'
import { Quota } from '../authorization/quota.js'
import { closed } from '../model/objects.js'

export const AccessEntry = Type.Object({
  grant: Type.Optional(Type.String({ description: 'The id of the grant; absent for what an admin has without one' })),
  role: Type.String({ description: 'The role that it gives' }),
  group: Type.Optional(Type.String({ description: 'The group through which the user has it' })),
  hosts: Type.Array(Type.String(), { description: 'On which hosts: names, or patterns' }),
  match: Type.Optional(MatchInput),
  limits: Type.Optional(Limits),
  quota: Type.Optional(Quota),
  operations: Type.Array(Type.String(), { description: 'The names of the operations that it comes to, less what the token that the call was made with takes away' })
}, { ...closed, title: 'AccessEntry', description: 'Something that a user may do, where, and why' })

export type AccessEntry = Static<typeof AccessEntry>

export const AccessList = Type.Array(AccessEntry, { description: 'What the user may do, where, and by which grant. What is one\'s own (sessions, tokens, jobs) needs none' })

/** What grants come to, for the person who reads it. */
export const reportOf = (grants: Access['grants']): AccessEntry[] => grants.map(entryOf)

function entryOf (grant: EffectiveGrant): AccessEntry {
  const { id, role, group, hosts, match, limits, quota, rights } = grant
  return {
    ...(id === 'admin' ? {} : { grant: id }),
    role,
    ...(group === undefined ? {} : { group }),
    hosts: [...hosts],
    ...(match === null ? {} : { match: match.spec as MatchInput }),
    ...(limits === null ? {} : { limits }),
    ...(quota === null ? {} : { quota }),
    operations: [...rights.operations].filter(name => allows(grant, name)).sort()
  }
}
