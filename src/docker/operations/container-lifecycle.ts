import Type from 'typebox'
import { nothing, operation } from '../../operation/define.js'
import { Closed, seconds } from '../models/common.js'
import { ContainerRef } from '../names.js'

export const containerLifecycleOperations = [
  operation({
    name: 'container.start',
    summary: 'Start a container',
    description: 'Starting one that runs is no fault.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/start',
    input: Type.Object(ContainerRef, Closed),
    output: nothing(),
    target: 'container',
    audit: ['host', 'id'],
    example: { host: 'local', id: 'caisson-example' },
    async handler ({ host, id }, { hosts }) {
      await hosts.get(host).containers.start(id)
    }
  }),

  operation({
    name: 'container.stop',
    summary: 'Stop a container',
    description: 'Stopping one that is stopped is no fault.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/stop',
    input: Type.Object({
      ...ContainerRef,
      timeoutSeconds: seconds('How long its process may take before it is killed; 10 when absent')
    }, Closed),
    output: nothing(),
    target: 'container',
    audit: ['host', 'id', 'timeoutSeconds'],
    example: { host: 'local', id: 'caisson-example', timeoutSeconds: 0 },
    async handler ({ host, id, ...options }, { hosts }) {
      await hosts.get(host).containers.stop(id, options)
    }
  })
]
