import Type from 'typebox'
import { choice } from '../model/choice.js'
import { noSuch, unauthenticated } from '../lib/errors.js'
import type { Context } from '../operation/context.js'
import { nothing, operation, value } from '../operation/define.js'
import { PASSWORD_MAX } from '../auth/sessions/passwords.js'
import { AccessList, reportOf } from '../auth/report.js'
import { User, Username } from '../auth/user.js'
import { caller } from './caller.js'
import { closed } from '../model/objects.js'
import { none } from '../authorization/authorization-spec.js'
import { NOT_ON_A_HOST } from '../operation/none.js'

const SessionTokens = Type.Object({
  accessToken: Type.String({ description: 'Send it as `Authorization: Bearer …`, on every surface' }),
  tokenType: choice('TokenType', 'How the access token is sent', { Bearer: 'In the header `Authorization`, behind this word' }),
  expiresIn: Type.Integer({ description: 'How long the access token is good for, in seconds' }),
  refreshToken: Type.String({ description: 'Good once, for the next pair of tokens; the session lasts 30 days at most' })
}, { ...closed, title: 'SessionTokens', description: 'What a sign-in gives' })

const Me = Type.Object({ ...User.properties, access: AccessList }, { ...closed, title: 'Me', description: 'Who is signed in, and what they may do' })

const login = operation({
  name: 'session.login',
  summary: 'Sign in',
  description: 'Gives an access token and a refresh token. Ten wrong passwords in a row lock the account for 15 minutes; so do sixty sign-ins in a minute that fail, for an address, until the minute is over (`rate-limited`, with `Retry-After`). An unknown user and a wrong password look alike.',
  class: 'auth',
  method: 'POST',
  path: '/auth/login',
  permission: 'public',
  keyless: true,
  surfaces: ['rest'],
  input: Type.Object({
    username: Username,
    password: Type.String({ minLength: 1, maxLength: PASSWORD_MAX, description: `The password, at most ${PASSWORD_MAX} characters` })
  }, closed),
  secret: ['password'],
  ...NOT_ON_A_HOST,
  target: none('it is about the session of whoever calls'),
  audit: ['username'],
  output: value(SessionTokens),
  failures: {
    unauthenticated: 'The username or the password is wrong, or the user is disabled',
    'rate-limited': 'Too many sign-ins of this account or from this address have failed; `Retry-After` says how long to wait',
    overloaded: 'Too many people sign in at this moment'
  },
  example: { username: 'admin', password: 'correct horse battery staple' },
  async verifyCredential ({ username, password }, { sessions, client }, subject) {
    return await sessions.provePassword(username, password, client.address, subject)
  },
  async handler (_, context) {
    return await context.sessions.begin(proofOf(context), { address: context.client.address, tokens: context.tokens })
  }
})

const refresh = operation({
  name: 'session.refresh',
  summary: 'Have new tokens for a refresh token',
  description: 'A refresh token is good once: the answer has the next. Using one a second time ends the session, for whoever holds its tokens.',
  class: 'auth',
  method: 'POST',
  path: '/auth/refresh',
  permission: 'public',
  keyless: true,
  surfaces: ['rest'],
  input: Type.Object({
    refreshToken: Type.String({ minLength: 1, maxLength: 256, description: 'The refresh token that the last sign-in or refresh gave' })
  }, closed),
  secret: ['refreshToken'],
  ...NOT_ON_A_HOST,
  target: none('it is about the session of whoever calls'),
  audit: [],
  output: value(SessionTokens),
  failures: { unauthenticated: 'The refresh token is wrong, used or expired, or its session has ended' },
  example: { refreshToken: 'car_the-token-that-the-last-answer-gave' },
  async verifyCredential ({ refreshToken }, { sessions }, subject) {
    return await sessions.proveRefreshToken(refreshToken, subject)
  },
  async handler (_, context) {
    return await context.sessions.refresh(proofOf(context), context.tokens)
  }
})

const logout = operation({
  name: 'session.logout',
  summary: 'Sign out',
  description: 'Ends the session of the token that the call is made with, and all its tokens. Other sessions of the user go on.',
  class: 'auth',
  method: 'POST',
  path: '/auth/logout',
  permission: 'self',
  sessionOnly: true,
  keyless: true,
  input: Type.Object({}, closed),
  ...NOT_ON_A_HOST,
  target: none('it is about the session of whoever calls'),
  audit: [],
  output: nothing(),
  example: {},
  async handler (_, context) {
    await context.sessions.logout(caller(context))
  }
})

const me = operation({
  name: 'session.me',
  field: 'me',
  summary: 'Who am I, and what may I do?',
  description: 'The user whose token the call is made with, as it stands now, with what they may do, where, and by which grant; with an API token, what that leaves of it.',
  class: 'read',
  method: 'GET',
  path: '/auth/me',
  permission: 'self',
  input: Type.Object({}, closed),
  audit: [],
  output: value(Me),
  example: {},
  async handler (_, context) {
    const actor = caller(context)
    const { id, username } = actor
    const user = await context.users.get(id)
    if (user === undefined) throw noSuch('user', username)
    return { ...user, access: reportOf(await context.policy.entriesOf(actor)) }
  }
})

/** `invoke()` has it from `verifyCredential`; the compiler does not know. */
function proofOf ({ verifiedCredential }: Context) {
  if (verifiedCredential === undefined) throw unauthenticated('this call needs a credential')
  return verifiedCredential
}

export const sessionOperations = [login, refresh, logout, me]
