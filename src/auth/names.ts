import Type, { type Static } from 'typebox'
import { closed } from '../model/objects.js'

const NAME = '^[a-z0-9][a-z0-9._-]{0,63}$'

export const isName = (text: string): boolean => new RegExp(NAME).test(text)

/** What groups, roles and tokens are called. */
export const Name = (description: string) => Type.String({
  pattern: NAME,
  description: `${description}: 1 to 64 lower-case letters, digits, dots, underscores or hyphens, beginning with a letter or digit`,
  'x-expects': 'a name of 1 to 64 lower-case letters, digits, dots, underscores or hyphens, beginning with a letter or digit'
})

export const Description = Type.String({
  maxLength: 256,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'What it is for, at most 256 characters; an empty one is none',
  'x-expects': 'at most 256 characters, without control characters'
})

const said = Type.Optional(Type.String({ description: 'What it is for' }))
export const CreatedAt = Type.String({ format: 'date-time', description: 'When it was made; ISO 8601 UTC' })

export const Group = Type.Object({
  id: Type.String({ description: 'The id: it never changes' }),
  name: Type.String({ description: 'Its name' }),
  description: said,
  members: Type.Array(Type.String(), { description: 'The usernames of its members' }),
  createdAt: CreatedAt
}, { ...closed, title: 'Group', description: 'Users that are granted something together' })
export type Group = Static<typeof Group>
