import Type from 'typebox'
import { operation, value } from '../../operation/define.js'
import { weighUpdate } from '../limits/weigh.js'
import { Closed, Texts } from '../models/common.js'
import { ContainerRef } from '../names.js'
import { UpdateSpec, updateBody } from '../spec/update.js'

const UpdatedContainer = Type.Object({
  warnings: Texts('What the engine warned of')
}, { ...Closed, title: 'UpdatedContainer', description: 'What came of an update' })

export const containerUpdateOperations = [
  operation({
    name: 'container.update',
    summary: 'Change a container\'s resources or restart policy',
    description: 'Also while it runs. What is not given stays. An engine takes 0 and an empty text for "as it is", so that a limit can be changed, but taken away only where -1 does so.',
    class: 'write',
    method: 'PATCH',
    path: '/hosts/{host}/containers/{id}',
    input: Type.Object({ ...ContainerRef, ...UpdateSpec }, Closed),
    output: value(UpdatedContainer),
    target: 'container',
    weighs: weighUpdate,
    audit: ['host', 'id', ...Object.keys(UpdateSpec) as Array<keyof typeof UpdateSpec>],
    example: { host: 'local', id: 'caisson-example', pidsLimit: 100, restartPolicy: { name: 'always' } },
    async handler ({ host, id, ...changes }, { hosts }) {
      const engine = hosts.get(host)
      return await engine.containers.update(id, updateBody(changes, await engine.apiVersion()))
    }
  })
]
