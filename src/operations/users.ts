import Type from 'typebox'
import { noSuch } from '../lib/errors.js'
import { nothing, operation, value } from '../operation/define.js'
import { DisplayName, NewPassword, User, Username } from '../auth/user.js'
import { closed } from '../model/objects.js'
import { NEW_RECORD, NOT_ON_A_HOST } from '../operation/none.js'

const UserReference = Type.String({ minLength: 1, maxLength: 64, description: 'The user: id or username' })
const Admin = Type.Boolean({ description: 'Whether the user may do everything' })
const Disabled = Type.Boolean({ description: 'Whether the user is shut out' })

const list = operation({
  name: 'user.list',
  summary: 'List the users, by username',
  description: 'In pages: `nextCursor` gives the next. No password, in any form, is ever told.',
  class: 'read',
  method: 'GET',
  path: '/users',
  permission: 'admin',
  input: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'How many items at most' })),
    cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The `nextCursor` of the page before' }))
  }, closed),
  audit: ['limit'],
  output: value(Type.Object({
    items: Type.Array(User, { description: 'The users' }),
    nextCursor: Type.Optional(Type.String({ description: 'Gives the next page; absent on the last' }))
  }, { ...closed, title: 'UserList', description: 'A page of users' })),
  example: { limit: 100 },
  async handler ({ limit = 100, cursor }, { users }) {
    return await users.list({ limit, cursor })
  }
})

const create = operation({
  name: 'user.create',
  summary: 'Create a user',
  description: 'It can sign in at once, unless it is disabled.',
  class: 'admin',
  method: 'POST',
  path: '/users',
  permission: 'admin',
  sessionOnly: true,
  location: '/users/{id}',
  creates: 'user',
  input: Type.Object({
    username: Username,
    password: NewPassword,
    displayName: Type.Optional(DisplayName),
    admin: Type.Optional(Admin),
    disabled: Type.Optional(Disabled)
  }, closed),
  secret: ['password'],
  ...NEW_RECORD,
  audit: ['username', 'displayName', 'admin', 'disabled'],
  output: value(User),
  failures: { conflict: 'The username is taken, in whatever case' },
  example: { username: 'bob', password: 'correct horse battery bob', displayName: 'Bob' },
  async handler (user, { users }) {
    return await users.create(user)
  }
})

const inspect = operation({
  name: 'user.inspect',
  summary: 'Look at a user',
  description: 'No password, in any form, is ever told.',
  class: 'read',
  method: 'GET',
  path: '/users/{user}',
  permission: 'admin',
  target: 'user',
  input: Type.Object({ user: UserReference }, closed),
  audit: ['user'],
  output: value(User),
  example: { user: 'ann' },
  async handler ({ user: id }, { users }) {
    const user = await users.get(id)
    if (user === undefined) throw noSuch('user', id)
    return user
  }
})

const update = operation({
  name: 'user.update',
  summary: 'Change a user',
  description: 'What is not named stays as it is. A new password and disabling end all sessions and API tokens of the user. The last admin who can sign in stays one.',
  class: 'admin',
  method: 'PATCH',
  path: '/users/{user}',
  permission: 'admin',
  sessionOnly: true,
  target: 'user',
  input: Type.Object({
    user: UserReference,
    displayName: Type.Optional(DisplayName),
    admin: Type.Optional(Admin),
    disabled: Type.Optional(Disabled),
    password: Type.Optional(NewPassword)
  }, closed),
  secret: ['password'],
  ...NOT_ON_A_HOST,
  audit: ['user', 'displayName', 'admin', 'disabled'],
  output: value(User),
  failures: { conflict: 'This is the last admin who can sign in' },
  example: { user: 'ann', displayName: 'Ann' },
  async handler ({ user, ...changes }, { users }) {
    return await users.update(user, changes)
  }
})

const remove = operation({
  name: 'user.remove',
  summary: 'Remove a user',
  description: 'Ends all sessions of the user, and takes its grants and tokens along. The last admin who can sign in stays.',
  class: 'admin',
  method: 'DELETE',
  path: '/users/{user}',
  permission: 'admin',
  target: 'user',
  input: Type.Object({ user: UserReference }, closed),
  ...NOT_ON_A_HOST,
  audit: ['user'],
  output: nothing(),
  failures: { conflict: 'This is the last admin who can sign in' },
  example: { user: 'ann' },
  async handler ({ user }, { users }) {
    await users.remove(user)
  }
})

export const userOperations = [list, create, inspect, update, remove]
