import Type from 'typebox'
import type { Context } from '../../operation/context.js'
import { operation, value } from '../../operation/define.js'
import { GRANT_LABEL } from '../../model/resource.js'
import { amountsIn, type Amounts } from '../../quotas/usage.js'
import { updateLimits } from '../../docker/limits/evaluate.js'
import { Texts } from '../../engine/models/common.js'
import { ContainerRef } from '../../model/names.js'
import { standingBeside, updateFor } from '../../engine/kinds/podman-update.js'
import { UpdateSpec, updateBody } from '../../docker/spec/update.js'
import { containerObject } from '../../docker/targets.js'
import type { EngineObject } from '../../engine/objects.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, NAMES_NOTHING_ELSE } from '../../operation/none.js'

const UpdatedContainer = Type.Object({
  warnings: Texts('What the engine warned of')
}, { ...closed, title: 'UpdatedContainer', description: 'What came of an update' })

/** A container counts for the grant by which it was made, whoever lets it grow; who has no limits is not held to that. */
async function withinQuota<T> ({ grant, quotas, target }: Context, beside: EngineObject, body: EngineObject, update: () => Promise<T>): Promise<T> {
  const { Id: container, Config: { Labels }, HostConfig } = containerObject(target)
  const [before, after] = [amountsIn({ ...HostConfig }), amountsIn({ ...beside, ...body })]
  const holder = grant?.limits == null || !grows(before, after) ? undefined : await quotas.holder(Labels?.[GRANT_LABEL])
  return await quotas.within('container.update', holder, { container, ...after }, update)
}

const grows = (before: Amounts, after: Amounts): boolean =>
  (['memoryBytes', 'cpus'] as const).some(field => (after[field] ?? Infinity) > (before[field] ?? Infinity))

export const containerUpdateOperations = [
  operation({
    name: 'container.update',
    summary: 'Change a container\'s resources or restart policy',
    description: 'Also while it runs. What is not given stays. An engine takes 0 and an empty text for "as it is", so that a limit can be changed, but taken away only where -1 does so.',
    class: 'write',
    method: 'PATCH',
    path: '/hosts/{host}/containers/{id}',
    input: Type.Object({ ...ContainerRef, ...UpdateSpec }, closed),
    output: value(UpdatedContainer),
    target: 'container',
    limits: { ...updateLimits, unlimited: {} },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', ...Object.keys(UpdateSpec) as Array<keyof typeof UpdateSpec>],
    example: { host: 'local', id: 'caisson-example', pidsLimit: 100, restartPolicy: { name: 'always' } },
    async handler ({ host, id, ...changes }, context) {
      const engine = context.hosts.get(host)
      const what = await engine.engine()
      const body = updateBody(changes, what)
      const current = { ...containerObject(context.target).HostConfig }
      return await withinQuota(context, standingBeside(what, current, body), body, async () => await engine.containers.update(id, updateFor(what, body, current)))
    }
  })
]
