import type { Selectable } from 'kysely'
import Type, { type Static } from 'typebox'
import { inGraphql } from '../model/graphql-name.js'
import type { UserTable } from '../store/schema.js'
import { PASSWORD_MAX, PASSWORD_MIN } from './sessions/passwords.js'

const USERNAME = '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'

export const isUsername = (text: string): boolean => new RegExp(USERNAME).test(text)

export const Username = Type.String({
  pattern: USERNAME,
  description: 'The name to sign in with: 1 to 64 letters, digits, dots, underscores, hyphens or @, beginning with a letter or digit; case does not matter',
  'x-expects': 'a username: 1 to 64 letters, digits, dots, underscores, hyphens or @, beginning with a letter or digit'
})

export const NewPassword = Type.String({
  minLength: PASSWORD_MIN,
  maxLength: PASSWORD_MAX,
  description: `The password, ${PASSWORD_MIN} to ${PASSWORD_MAX} characters; kept as an Argon2id hash only`
})

export const DisplayName = Type.String({
  maxLength: 128,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'The name to show to people, at most 128 characters; an empty one is none',
  'x-expects': 'at most 128 characters, without control characters'
})

export const User = Type.Object({
  id: Type.String({ description: 'The id: it never changes, and is never given again', ...inGraphql('userId') }),
  username: Type.String({ description: 'The name to sign in with; no two differ in case alone' }),
  displayName: Type.Optional(Type.String({ description: 'The name to show to people' })),
  admin: Type.Boolean({ description: 'Whether the user may do everything' }),
  disabled: Type.Boolean({ description: 'Whether the user is shut out' }),
  groups: Type.Array(Type.String(), { description: 'The names of the groups the user belongs to' }),
  createdAt: Type.String({ format: 'date-time', description: 'When the user was made; ISO 8601 UTC' })
}, { additionalProperties: false, title: 'User', description: 'Someone who may sign in' })

export type User = Static<typeof User>

export function userOf (row: Selectable<UserTable>, groups: string[] = []): User {
  const user: User = { id: row.id, username: row.username, admin: row.admin === 1, disabled: row.disabled === 1, groups, createdAt: row.created_at }
  return row.display_name === null ? user : { ...user, displayName: row.display_name }
}
