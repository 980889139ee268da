import Type from 'typebox'
import { nothing, operation } from '../../operation/define.js'
import { linkReference } from '../../docker/authorization/references.js'
import { connectLimits } from '../../docker/limits/evaluate.js'
import { connectContainer, disconnectContainer } from '../../docker/networks/network-connections.js'

import { ContainerId, NetworkRef } from '../../model/names.js'
import { NetworkSpec } from '../../docker/spec/networks.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, GIVES_NOTHING } from '../../operation/none.js'

export const networkConnectionOperations = [
  operation({
    name: 'network.connect',
    summary: 'Connect a container to a network',
    description: 'Also while it runs. Has a field for every option of `docker network connect`.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/networks/{network}/connect',
    input: Type.Object({ ...NetworkRef, container: ContainerId, ...NetworkSpec.properties }, closed),
    output: nothing(),
    target: 'network',
    references: { inputs: ['container', 'links'], of: ({ container, links = [] }) => [{ kind: 'container', reference: container, pointer: '/container', pin: (_input, id) => ({ container: id }) }, ...links.map(link => ({ ...linkReference(link), pointer: '/links' }))] },
    limits: { ...connectLimits, unlimited: {} },
    failures: { conflict: 'It is on the network already, or shares the network of its host or of another container' },
    ownershipLabels: CREATES_NOTHING,
    redact: ANSWER_IS_PLAIN,
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
    }, closed),
    output: nothing(),
    target: 'network',
    references: { inputs: ['container'], of: ({ container }) => [{ kind: 'container', reference: container, pointer: '/container', pin: (_input, id) => ({ container: id }) }] },
    failures: { conflict: 'It is not on the network' },
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'network', 'container', 'force'],
    example: { host: 'local', network: 'bridge', container: 'caisson-example-ended' },
    async handler ({ host, network, container, force = false }, { hosts }) {
      await disconnectContainer(hosts.get(host), network, container, force)
    }
  })
]
