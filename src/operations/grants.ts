import Type from 'typebox'
import { nothing, operation, value } from '../operation/define.js'
import { Grant, HostPatterns, MatchInput } from '../auth/grant.js'
import { Name } from '../auth/names.js'
import { PageInputs, page } from '../auth/pages.js'
import { Quota } from '../authorization/quota.js'
import { recordOf } from './records.js'
import { closed } from '../model/objects.js'
import { NEW_RECORD, NOT_ON_A_HOST } from '../operation/none.js'

const EXAMPLE = '01K000000000000000000GRANT'
const GrantRef = { grant: Type.String({ minLength: 1, maxLength: 64, description: 'The id of the grant' }) }
const one = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }))

export const grantOperations = [
  operation({
    name: 'grant.list',
    summary: 'List the grants, the oldest first',
    description: 'Filters add up.',
    class: 'read',
    method: 'GET',
    path: '/grants',
    permission: 'admin',
    input: Type.Object({
      ...PageInputs,
      user: one('Only grants to this user, not to its groups: id or username'),
      group: one('Only grants to this group: id or name'),
      role: one('Only grants of this role')
    }, closed),
    audit: ['limit', 'user', 'group', 'role'],
    output: value(page('GrantList', Grant, 'The grants')),
    example: { limit: 100, role: 'operator' },
    async handler ({ limit = 100, ...query }, { grants }) {
      return await grants.list({ ...query, limit })
    }
  }),

  operation({
    name: 'grant.create',
    summary: 'Grant a role to a user or a group',
    description: 'On some hosts, and with `match` only on the containers, images, networks and volumes that match: all that it says must hold. Whoever creates through a grant with labels gets them written on what is created; with several such grants, the call says which by sending one of their labels. A grant with a match gives nothing that is about a host as a whole, such as `host.info`, and no write to images but for those whose names fit its `images`. `quota` bounds what all containers together may have that are made by the grant. A match that nothing could ever fit is a 400.',
    class: 'admin',
    method: 'POST',
    path: '/grants',
    location: '/grants/{id}',
    permission: 'admin',
    creates: 'grant',
    input: Type.Object({
      user: one('Who has it: a user, by id or username. This or `group`'),
      group: one('Who has it: a group, by id or name'),
      role: Name('The role that it gives'),
      hosts: HostPatterns,
      match: Type.Optional(MatchInput),
      quota: Type.Optional(Quota)
    }, closed),
    ...NEW_RECORD,
    audit: ['user', 'group', 'role', 'hosts', 'match', 'quota'],
    output: value(Grant),
    example: { user: 'ann', role: 'developer', hosts: ['local'], match: { labels: { team: 'blue' } }, quota: { containers: 10, memoryBytes: 4_294_967_296 } },
    async handler (grant, { grants }) {
      return await grants.create(grant)
    }
  }),

  operation({
    name: 'grant.inspect',
    summary: 'Look at a grant',
    description: 'To whom it is, and what it says.',
    class: 'read',
    method: 'GET',
    path: '/grants/{grant}',
    permission: 'admin',
    target: 'grant',
    input: Type.Object(GrantRef, closed),
    audit: ['grant'],
    output: value(Grant),
    example: { grant: EXAMPLE },
    async handler (_input, { target }) {
      return recordOf<Grant>(target, 'grant')
    }
  }),

  operation({
    name: 'grant.update',
    summary: 'Change a grant',
    description: 'What is not named stays as it is; `match` and `quota` are the whole of it from then on, and an empty `quota` takes it away. Whoever has it keeps it: to take a match away, or to give it to somebody else, make another grant. It holds from the next call.',
    class: 'admin',
    method: 'PATCH',
    path: '/grants/{grant}',
    permission: 'admin',
    target: 'grant',
    input: Type.Object({ ...GrantRef, role: Type.Optional(Name('The role that it gives')), hosts: Type.Optional(HostPatterns), match: Type.Optional(MatchInput), quota: Type.Optional(Quota) }, closed),
    ...NOT_ON_A_HOST,
    audit: ['grant', 'role', 'hosts', 'match', 'quota'],
    output: value(Grant),
    example: { grant: EXAMPLE, hosts: ['local', 'prod-*'] },
    async handler ({ grant, ...changes }, { grants }) {
      return await grants.update(grant, changes)
    }
  }),

  operation({
    name: 'grant.remove',
    summary: 'Take a grant back',
    description: 'It holds from the next call of whoever had it.',
    class: 'admin',
    method: 'DELETE',
    path: '/grants/{grant}',
    permission: 'admin',
    target: 'grant',
    input: Type.Object(GrantRef, closed),
    ...NOT_ON_A_HOST,
    audit: ['grant'],
    output: nothing(),
    example: { grant: EXAMPLE },
    async handler ({ grant }, { grants }) {
      await grants.remove(grant)
    }
  })
]
