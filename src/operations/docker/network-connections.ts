import Type from 'typebox'
import { nothing, operation } from '../../operation/define.js'
import { linked } from '../../docker/guards/claims.js'
import { weighConnect } from '../../docker/limits/weigh.js'
import { connectContainer, disconnectContainer } from '../../docker/networks/network-connections.js'
import { Closed } from '../../engine/models/common.js'
import { ContainerId, NetworkRef } from '../../model/names.js'
import { NetworkSpec } from '../../docker/spec/networks.js'

export const networkConnectionOperations = [
  operation({
    name: 'network.connect',
    summary: 'Connect a container to a network',
    description: 'Also while it runs. Has a field for every option of `docker network connect`.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/networks/{network}/connect',
    input: Type.Object({ ...NetworkRef, container: ContainerId, ...NetworkSpec.properties }, Closed),
    output: nothing(),
    target: 'network',
    claims: ({ container, links = [] }) => [{ kind: 'container', reference: container, pointer: '/container', pin: (_input, id) => ({ container: id }) }, ...links.map(link => ({ ...linked(link), pointer: '/links' }))],
    weighs: weighConnect,
    fails: { conflict: 'It is on the network already, or shares the network of its host or of another container' },
    audit: ['host', 'network', 'container', 'aliases', 'ipv4Address', 'ipv6Address', 'linkLocalIps', 'macAddress', 'links', 'gwPriority'],
    example: { host: 'local', network: 'caisson-example', container: 'caisson-example-ended', aliases: ['db'] },
    async handler ({ host, network, container, ...endpoint }, { hosts }) {
      await connectContainer(hosts.get(host), network, container, endpoint)
    }
  }),

  operation({
    name: 'network.disconnect',
    summary: 'Take a container off a network',
    description: 'Also while it runs.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/networks/{network}/disconnect',
    input: Type.Object({
      ...NetworkRef,
      container: ContainerId,
      force: Type.Optional(Type.Boolean({ description: 'Also what is left on the network of a container that is gone; default false' }))
    }, Closed),
    output: nothing(),
    target: 'network',
    claims: ({ container }) => [{ kind: 'container', reference: container, pointer: '/container', pin: (_input, id) => ({ container: id }) }],
    fails: { conflict: 'It is not on the network' },
    audit: ['host', 'network', 'container', 'force'],
    example: { host: 'local', network: 'bridge', container: 'caisson-example-ended' },
    async handler ({ host, network, container, force = false }, { hosts }) {
      await disconnectContainer(hosts.get(host), network, container, force)
    }
  })
]
