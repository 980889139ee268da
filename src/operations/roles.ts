import Type from 'typebox'
import { nothing, operation, value } from '../operation/define.js'
import { Limits } from '../authorization/limits/schema.js'
import { Description, Name } from '../auth/names.js'
import { OperationPatterns, Role } from '../auth/role.js'
import { recordOf } from './records.js'
import { closed } from '../model/objects.js'
import { NEW_RECORD, NOT_ON_A_HOST } from '../operation/none.js'

const Force = Type.Optional(Type.Boolean({ description: 'Whether a bind root `/`, which is the whole host, is meant; default false' }))

const RoleRef = { role: Type.String({ minLength: 1, maxLength: 64, description: 'The name of the role' }) }

export const roleOperations = [
  operation({
    name: 'role.list',
    summary: 'List the roles: the built-in ones, and the others by name',
    description: 'All of them, in one answer.',
    class: 'read',
    method: 'GET',
    path: '/roles',
    permission: 'admin',
    input: Type.Object({}, closed),
    audit: [],
    output: value(Type.Object({ items: Type.Array(Role, { description: 'The roles' }) }, { ...closed, title: 'RoleList', description: 'All roles' })),
    example: {},
    async handler (_input, { roles }) {
      return { items: await roles.list() }
    }
  }),

  operation({
    name: 'role.create',
    summary: 'Create a role',
    description: 'A list of operations, by name or by pattern. A pattern that no operation fits is a 400, and so is one that fits nothing but what is for admins alone (users, groups, roles, grants) or is everybody\'s own (sessions, tokens, jobs). Without `limits` the role has the safe ones: nothing that gives power over a host. Limits that could never let anything through, and a bind root `/` without `force`, are a 400 too.',
    class: 'admin',
    method: 'POST',
    path: '/roles',
    location: '/roles/{name}',
    permission: 'admin',
    input: Type.Object({ name: Name('Its name'), description: Type.Optional(Description), operations: OperationPatterns, limits: Type.Optional(Limits), force: Force }, closed),
    ...NEW_RECORD,
    audit: ['name', 'description', 'operations', 'limits', 'force'],
    output: value(Role),
    failures: { conflict: 'There is a role of that name' },
    example: { name: 'restarter', operations: ['container.list', 'container.inspect', 'container.restart'], limits: { bindRoots: [{ path: '/srv/team', readOnly: true }], memoryBytes: { max: 1_073_741_824, default: 268_435_456 } } },
    async handler ({ name, ...role }, { roles }) {
      return await roles.create(name, role)
    }
  }),

  operation({
    name: 'role.inspect',
    summary: 'Look at a role',
    description: 'Its operations are as they were written, names or patterns; `user.access` tells what they come to.',
    class: 'read',
    method: 'GET',
    path: '/roles/{role}',
    permission: 'admin',
    target: 'role',
    input: Type.Object(RoleRef, closed),
    audit: ['role'],
    output: value(Role),
    example: { role: 'viewer' },
    async handler (_input, { target }) {
      return recordOf<Role>(target, 'role')
    }
  }),

  operation({
    name: 'role.update',
    summary: 'Change a role',
    description: 'What is not named stays as it is; `limits` are the whole of them from then on. It holds from the next call of whoever has the role. A built-in role stays as it is (409).',
    class: 'admin',
    method: 'PATCH',
    path: '/roles/{role}',
    permission: 'admin',
    target: 'role',
    input: Type.Object({ ...RoleRef, description: Type.Optional(Description), operations: Type.Optional(OperationPatterns), limits: Type.Optional(Limits), force: Force }, closed),
    ...NOT_ON_A_HOST,
    audit: ['role', 'description', 'operations', 'limits', 'force'],
    output: value(Role),
    failures: { conflict: 'The role is built in' },
    example: { role: 'starter', operations: ['container.start'] },
    async handler ({ role, ...changes }, { roles }) {
      return await roles.update(role, changes)
    }
  }),

  operation({
    name: 'role.remove',
    summary: 'Remove a role',
    description: 'One that grants give, and a built-in one, is a conflict.',
    class: 'admin',
    method: 'DELETE',
    path: '/roles/{role}',
    permission: 'admin',
    target: 'role',
    input: Type.Object(RoleRef, closed),
    ...NOT_ON_A_HOST,
    audit: ['role'],
    output: nothing(),
    failures: { conflict: 'The role is built in, or grants give it' },
    example: { role: 'starter' },
    async handler ({ role }, { roles }) {
      await roles.remove(role)
    }
  })
]
