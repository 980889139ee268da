import Type, { type Static } from 'typebox'
import { HostPatterns } from './grant.js'
import { CreatedAt, Name } from './names.js'
import { OperationPatterns } from './role.js'
import { closed } from '../model/objects.js'

const time = (description: string) => Type.String({ format: 'date-time', description: `${description}; ISO 8601 UTC` })

/** What a token is narrowed to; each that is said holds. */
export const TokenScopeInputs = {
  roles: Type.Optional(Type.Array(Name('The name of a role'), { minItems: 1, maxItems: 20, description: 'Only what these roles have' })),
  hosts: Type.Optional(Type.Array(HostPatterns.items, { minItems: 1, maxItems: 100, description: 'Only on these hosts: names, or patterns in which `*` stands for anything' })),
  operations: Type.Optional(Type.Array(OperationPatterns.items, { minItems: 1, maxItems: 500, description: 'Only these operations: names, or patterns over names' }))
}

export type TokenScopeRow = Static<ReturnType<typeof Type.Object<typeof TokenScopeInputs>>>

const fields = {
  id: Type.String({ description: 'The id: the middle of the token\'s text' }),
  name: Type.String({ description: 'What its owner calls it' }),
  user: Type.String({ description: 'The username of its owner' }),
  ...TokenScopeInputs,
  createdAt: CreatedAt,
  expiresAt: time('Until when it is good'),
  lastUsedAt: Type.Optional(time('When it was last used, to the minute; absent when it never was')),
  lastUsedFrom: Type.Optional(Type.String({ description: 'The address from which it was used then' }))
}

export const ApiToken = Type.Object(fields, { ...closed, title: 'ApiToken', description: 'A long-lived credential for programs' })
export type ApiToken = Static<typeof ApiToken>

export const NewApiToken = Type.Object({
  ...fields,
  token: Type.String({ description: 'The token itself, `cai_…`: send it as `Authorization: Bearer …`. It is shown this once, and kept as a hash only' })
}, { ...closed, title: 'NewApiToken', description: 'An API token that was made, with its text' })
