import Type from 'typebox'
import { nothing, operation, value } from '../operation/define.js'
import { Description, Group, Name } from '../auth/names.js'
import { PageInputs, page } from '../auth/pages.js'
import { recordOf } from './records.js'
import { closed } from '../model/objects.js'
import { NEW_RECORD, NOT_ON_A_HOST } from '../operation/none.js'

const GroupRef = { group: Type.String({ minLength: 1, maxLength: 64, description: 'The group: id or name' }) }
const Members = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 10_000, description: 'All its members: ids or usernames' })

export const groupOperations = [
  operation({
    name: 'group.list',
    summary: 'List the groups, by name',
    description: 'With their members.',
    class: 'read',
    method: 'GET',
    path: '/groups',
    permission: 'admin',
    input: Type.Object(PageInputs, closed),
    audit: ['limit'],
    output: value(page('GroupList', Group, 'The groups')),
    example: { limit: 100 },
    async handler ({ limit = 100, cursor }, { groups }) {
      return await groups.list({ limit, cursor })
    }
  }),

  operation({
    name: 'group.create',
    summary: 'Create a group',
    description: 'What is granted to it is granted to each of its members. A member that is no user is a 400, and nothing is made.',
    class: 'admin',
    method: 'POST',
    path: '/groups',
    location: '/groups/{id}',
    permission: 'admin',
    creates: 'group',
    input: Type.Object({ name: Name('Its name'), description: Type.Optional(Description), members: Type.Optional(Members) }, closed),
    ...NEW_RECORD,
    audit: ['name', 'description', 'members'],
    output: value(Group),
    failures: { conflict: 'The name is taken by another group' },
    example: { name: 'blue', members: ['ann'] },
    async handler (group, { groups }) {
      return await groups.create(group)
    }
  }),

  operation({
    name: 'group.inspect',
    summary: 'Look at a group',
    description: 'With its members. What is granted to it: `grant.list` with `group`.',
    class: 'read',
    method: 'GET',
    path: '/groups/{group}',
    permission: 'admin',
    target: 'group',
    input: Type.Object(GroupRef, closed),
    audit: ['group'],
    output: value(Group),
    example: { group: 'red' },
    async handler (_input, { target }) {
      return recordOf<Group>(target, 'group')
    }
  }),

  operation({
    name: 'group.update',
    summary: 'Change a group, or who belongs to it',
    description: 'What is not named stays as it is; `members` are all of them from then on. It holds from the next call of each member.',
    class: 'admin',
    method: 'PATCH',
    path: '/groups/{group}',
    permission: 'admin',
    target: 'group',
    input: Type.Object({ ...GroupRef, name: Type.Optional(Name('Its name from then on')), description: Type.Optional(Description), members: Type.Optional(Members) }, closed),
    ...NOT_ON_A_HOST,
    audit: ['group', 'name', 'description', 'members'],
    output: value(Group),
    failures: { conflict: 'The name is taken by another group' },
    example: { group: 'red', members: ['ann'] },
    async handler ({ group, ...changes }, { groups }) {
      return await groups.update(group, changes)
    }
  }),

  operation({
    name: 'group.remove',
    summary: 'Remove a group',
    description: 'With all that is granted to it. Its members stay users.',
    class: 'admin',
    method: 'DELETE',
    path: '/groups/{group}',
    permission: 'admin',
    target: 'group',
    input: Type.Object(GroupRef, closed),
    ...NOT_ON_A_HOST,
    audit: ['group'],
    output: nothing(),
    example: { group: 'red' },
    async handler ({ group }, { groups }) {
      await groups.remove(group)
    }
  })
]
