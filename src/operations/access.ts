import Type from 'typebox'
import { invalidField, movedFaults, noSuch } from '../lib/errors.js'
import { operation, value } from '../operation/define.js'
import { authorize } from '../authorization/authorize.js'
import { parse } from '../operation/parse.js'
import { AccessList, reportOf } from '../auth/report.js'
import type { User } from '../auth/user.js'
import { recordOf } from './records.js'
import { closed } from '../model/objects.js'

const UserAccess = Type.Object({
  user: Type.String({ description: 'The username' }),
  admin: Type.Boolean({ description: 'Whether the user may do everything' }),
  access: AccessList
}, { ...closed, title: 'UserAccess', description: 'What a user may do' })

const Explanation = Type.Object({
  allowed: Type.Boolean({ description: 'Whether the call would be let through' }),
  rule: Type.String({ description: 'The rule that decides, as the journal would have it: `grant:<id>`, `admin`, `no-grant`, `not-covered`, `invisible` …' }),
  code: Type.Optional(Type.String({ description: 'The code of the problem that the user would be answered' })),
  detail: Type.Optional(Type.String({ description: 'In which words' })),
  access: AccessList
}, { ...closed, title: 'Explanation', description: 'Why a call would be let through or refused' })

export const accessOperations = [
  operation({
    name: 'user.access',
    summary: 'What a user may do, where, and why',
    description: 'Their own grants and those of their groups, with the operations that they come to.',
    class: 'read',
    method: 'GET',
    path: '/users/{user}/access',
    permission: 'admin',
    target: 'user',
    input: Type.Object({ user: Type.String({ minLength: 1, maxLength: 64, description: 'The user: id or username' }) }, closed),
    audit: ['user'],
    output: value(UserAccess),
    example: { user: 'ann' },
    async handler (_input, { target, policy }) {
      const { id, username, admin } = recordOf<User>(target, 'user')
      return { user: username, admin, access: reportOf(await policy.grantsOf({ id, admin })) }
    }
  }),

  operation({
    name: 'grant.explain',
    summary: 'Why a call of somebody\'s would be let through or refused',
    description: 'Policy is asked as if the user made the call now, signed in; what it names is looked at as it would be then, and nothing is done. `access` has the user\'s grants with the operation in them. A call that does not fit the operation is a 400 here.',
    class: 'read',
    method: 'POST',
    path: '/grants/explain',
    permission: 'admin',
    target: 'user',
    input: Type.Object({
      user: Type.String({ minLength: 1, maxLength: 64, description: 'Who would call: id or username' }),
      operation: Type.String({ minLength: 1, maxLength: 64, description: 'The name of the operation, e.g. `container.stop`' }),
      input: Type.Object({}, { additionalProperties: true, description: 'Its inputs, all of them, wherever REST has them' })
    }, closed),
    secret: ['input'],
    audit: ['user', 'operation'],
    output: value(Explanation),
    failures: {
      'engine-error': 'The engine refused to say what the call would be about',
      'host-unreachable': 'The host of the call cannot be reached',
      'host-timeout': 'The host of the call did not answer in time'
    },
    example: { user: 'ann', operation: 'container.inspect', input: { host: 'local', id: 'caisson-example' } },
    async handler ({ operation: name, input }, context) {
      const asked = context.operations.get(name)
      if (asked === undefined) throw invalidField('operation', `there is no operation ${name}`)
      const { id, username, admin, disabled } = recordOf<User>(context.target, 'user')
      if (disabled) throw noSuch('user who may sign in', username)
      const access = await context.policy.of({ id, username, admin, credential: { kind: 'jwt', id: '', session: '' } })
      const { decision } = await authorize(access, asked, parsed(() => parse(asked, input)), context)
      const failure = decision.effect === 'deny' ? { code: decision.failure.code, detail: decision.failure.detail } : {}
      const having = (await context.policy.grantsOf({ id, admin })).filter(({ rights }) => rights.operations.has(name))
      return { allowed: decision.effect === 'allow', rule: decision.rule, ...failure, access: reportOf(having) }
    }
  })
]

function parsed<T> (read: () => T): T {
  try { return read() } catch (error) { throw movedFaults(error, path => `/input${path}`) }
}
