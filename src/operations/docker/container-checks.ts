import Type from 'typebox'
import type { Decision } from '../../authorization/decision.js'
import type { EffectiveGrant } from '../../authorization/effective-grant.js'
import { constantTime } from '../../authorization/constant-time.js'
import type { Context } from '../../operation/context.js'
import { operation, value } from '../../operation/define.js'
import { isHidden, authorize } from '../../authorization/authorize.js'
import { amountsIn } from '../../quotas/usage.js'
import { requestFor } from '../../docker/containers/container-body.js'
import { ContainerSpec, SPEC_AUDIT, SPEC_SECRETS, specAuditParts } from '../../docker/containers/container-spec.js'
import { Flag, Text } from '../../engine/models/common.js'
import type { EngineObject } from '../../engine/objects.js'
import { NEW_CONTAINER, NewContainer } from './containers.js'
import { closed } from '../../model/objects.js'

const Refused = Type.Object({
  rule: Text('The rule that refuses, as the journal has it: `limit:` and the limit\'s name, `quota:` and what it counts, or `not-covered`, `absent` …'),
  path: Text('Where in the input, as a JSON Pointer; empty where it is about the whole'),
  message: Text('What is wrong, and what would be right')
}, { ...closed, title: 'CheckRefusal', description: 'Something that a create would be refused for' })

const ContainerCheck = Type.Object({
  allowed: Flag('Whether a create would be let through now'),
  refusals: Type.Array(Refused, { description: 'What it would be refused for; empty where it is allowed' })
}, { ...closed, title: 'ContainerCheck', description: 'What would come of a create' })

export const containerCheckOperations = [
  operation({
    name: 'container.check',
    summary: 'What a create would be refused for, without creating',
    description: 'Policy is asked as if `container.create` were called now with the same input; what it names is looked at as it would be then. What does not fit `container.create` is a 400 here as there. What only the engine can say, such as that a name is taken, is not asked.',
    class: 'read',
    method: 'POST',
    path: '/hosts/{host}/containers/check',
    hostOnly: true,
    input: NewContainer,
    secret: SPEC_SECRETS,
    audit: ['host', ...SPEC_AUDIT],
    auditParts: specAuditParts,
    output: value(ContainerCheck),
    example: NEW_CONTAINER,
    async handler (input, context) {
      const create = context.operations.get('container.create')
      if (create === undefined) throw new Error('there is no container.create to check for')
      const { decision, grant, input: settled } = await constantTime(async () => await authorize(context.access, create, { ...input }, context), ({ decision }) => isHidden(decision))
      const refusals = decision.effect === 'deny' ? refusalsOf(decision) : await quotaRefusals(settled as typeof input, grant, context)
      return { allowed: refusals.length === 0, refusals }
    }
  })
]

/** What is hidden reads like what is absent; the audit log alone has the difference of a create. */
const refusalsOf = ({ rule, failure, violations = [{ rule: rule === 'invisible' ? 'absent' : rule, path: '', message: failure.detail }] }: Extract<Decision, { effect: 'deny' }>) => [...violations]

/** The body is put together in any case: what no engine would take is told of here as well. */
async function quotaRefusals ({ host, ...spec }: ContainerSpec & { host: string }, grant: EffectiveGrant | undefined, { hosts, quotas }: Context) {
  const { body } = await requestFor(hosts.get(host), spec)
  return grant === undefined ? [] : await quotas.refusals(grant, amountsIn(body.HostConfig as EngineObject))
}
