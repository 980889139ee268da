import Type from 'typebox'
import { invalidField } from '../lib/errors.js'
import { nothing, operation, value } from '../operation/define.js'
import { TOKENS_EACH, type OwnedToken } from '../auth/api-tokens.js'
import { Name } from '../auth/names.js'
import { PageInputs, page } from '../auth/pages.js'
import { ApiToken, TokenScopeInputs, NewApiToken } from '../auth/token.js'
import { caller } from './caller.js'
import { recordOf } from './records.js'
import { closed } from '../model/objects.js'
import { NEW_RECORD, NOT_ON_A_HOST } from '../operation/none.js'

const EXAMPLE = '01K0000000000000000000T0KN'
const DAY_MS = 24 * 3_600_000
const DAYS = { default: 90, most: 366 } as const
const TokenRef = { token: Type.String({ minLength: 1, maxLength: 64, description: 'The id of the token' }) }

export const tokenOperations = [
  operation({
    name: 'token.list',
    summary: 'List API tokens, the oldest first',
    description: 'One\'s own; admins see all. Their texts are not among it: nobody has them but who made them.',
    class: 'read',
    method: 'GET',
    path: '/tokens',
    permission: 'self',
    input: Type.Object({ ...PageInputs, user: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'For admins: only the tokens of this user, by id or username' })) }, closed),
    audit: ['limit', 'user'],
    output: value(page('ApiTokenList', ApiToken, 'The tokens')),
    example: { limit: 100 },
    async handler ({ limit = 100, cursor, user }, { actor, apiTokens, users }) {
      const wanted = user === undefined ? undefined : (await users.get(user) ?? await users.byUsername(user))?.id ?? user
      return await apiTokens.list({ limit, cursor, ownerId: actor?.admin === true ? wanted : actor?.id })
    }
  }),

  operation({
    name: 'token.create',
    summary: 'Make an API token',
    description: `For programs: sent like an access token, on every surface, until it expires, is removed, or its owner gets a new password or is disabled. \
It may do what its owner may do at that moment, narrowed to \`roles\`, \`hosts\` and \`operations\` where these are given; one that is narrowed is no admin's. \
It makes no tokens and sets no passwords. Asking for more than one has is a 400. Its text is in the answer, and nowhere else. A user has ${TOKENS_EACH} at most.`,
    class: 'auth',
    method: 'POST',
    path: '/tokens',
    location: '/tokens/{id}',
    permission: 'self',
    sessionOnly: true,
    keyless: true,
    creates: 'token',
    input: Type.Object({
      name: Name('What to call it; no two of one\'s own are called the same'),
      expiresAt: Type.Optional(Type.String({ format: 'date-time', description: `Until when it is good, ISO 8601 with a time zone: ${DAYS.most} days from now at most; ${DAYS.default} days when absent` })),
      ...TokenScopeInputs
    }, closed),
    ...NEW_RECORD,
    audit: ['name', 'expiresAt', 'roles', 'hosts', 'operations'],
    output: value(NewApiToken),
    failures: { conflict: 'One of your tokens is called so already, or you have too many' },
    example: { name: 'ci', operations: ['container.list', 'container.inspect'] },
    async handler ({ name, expiresAt, ...narrowing }, context) {
      const { token, text } = await context.apiTokens.create(caller(context), { name, narrowing, expires: expiry(expiresAt) })
      return { ...token, token: text }
    }
  }),

  operation({
    name: 'token.inspect',
    summary: 'Look at an API token',
    description: 'What it is narrowed to, and when it was last used. Its text is not told again.',
    class: 'read',
    method: 'GET',
    path: '/tokens/{token}',
    permission: 'self',
    target: 'token',
    input: Type.Object(TokenRef, closed),
    audit: ['token'],
    output: value(ApiToken),
    example: { token: EXAMPLE },
    async handler (_input, { target }) {
      return recordOf<OwnedToken>(target, 'token').token
    }
  }),

  operation({
    name: 'token.remove',
    summary: 'Revoke an API token',
    description: 'It is worth nothing from then on. One\'s own, and for admins anybody\'s.',
    class: 'auth',
    method: 'DELETE',
    path: '/tokens/{token}',
    permission: 'self',
    sessionOnly: true,
    target: 'token',
    input: Type.Object(TokenRef, closed),
    ...NOT_ON_A_HOST,
    audit: ['token'],
    output: nothing(),
    example: { token: EXAMPLE },
    async handler ({ token }, { apiTokens }) {
      await apiTokens.remove(token)
    }
  })
]

function expiry (text: string | undefined): Date {
  const now = Date.now()
  if (text === undefined) return new Date(now + DAYS.default * DAY_MS)
  const time = Date.parse(text)
  if (!(time > now)) throw invalidField('expiresAt', 'must be in the future')
  if (time > now + DAYS.most * DAY_MS) throw invalidField('expiresAt', `must be ${DAYS.most} days from now at most`)
  return new Date(time)
}
