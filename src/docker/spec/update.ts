import Type, { type Static, type TProperties } from 'typebox'
import { invalidField, invalidInput } from '../../lib/errors.js'
import { isAtLeast } from '../../engine/connection/api-version.js'
import type { Engine } from '../../engine/kinds/engine.js'
import type { EngineObject } from '../../engine/objects.js'
import { refuseUnsupported } from './unsupported.js'
import { BlockDevices, ChangeableResources, RestartPolicySpec, resourcesBody, restartPolicyBody } from './resources.js'

/** What can be changed of a container that is there. */
export const UpdateSpec = {
  ...ChangeableResources,
  ...BlockDevices,
  restartPolicy: Type.Optional(RestartPolicySpec)
} satisfies TProperties

export type UpdateSpec = Static<ReturnType<typeof Type.Object<typeof UpdateSpec>>>

/** @throws `invalid-input` for what the engine would take for "as it is", or not look at */
export function updateBody ({ restartPolicy, ...resources }: UpdateSpec, engine: Engine): EngineObject {
  const { api } = engine
  refuseUnsupported(engine, () => [
    ['/memorySwapBytes', resources.memorySwapBytes === -1],
    ['/kernelMemoryBytes', resources.kernelMemoryBytes !== undefined && isAtLeast(api, '1.42')]
  ])
  const fields = Object.entries(resources)
  if (fields.length === 0 && restartPolicy === undefined) throw invalidInput('an update changes something: give one of its fields at least')
  for (const [field, wanted] of fields) {
    if (field !== 'pidsLimit' && (wanted === 0 || wanted === '')) throw invalidField(field, `an engine takes ${JSON.stringify(wanted)} for "as it is" in an update, so that this would change nothing`)
    if (field in BlockDevices && !isAtLeast(api, '1.55')) throw invalidField(field, `can be changed by engines of API 1.55 and newer; this one has ${api}`)
  }
  return { ...resourcesBody(resources), ...(restartPolicy === undefined ? {} : { RestartPolicy: restartPolicyBody(restartPolicy) }) }
}
