import Type from 'typebox'
import { choice } from '../../model/choice.js'
import { nothing, operation, value } from '../../operation/define.js'
import { engineFilters } from '../../engine/connection/filters.js'
import { networkRow, removals, rows } from '../../docker/authorization/rows.js'
import { networkOwnershipLabels } from '../../docker/authorization/ownership-labels.js'
import { networkLimits } from '../../docker/limits/evaluate.js'
import { Flag, HostList, Text, Texts, filterWords, hostsWanted, labelNot } from '../../engine/models/common.js'
import { Network, NetworkSummary, networkOf, networkSummary } from '../../docker/networks/models/network.js'
import { pruned } from '../../docker/system/models/prune.js'
import { HostName, NetworkRef } from '../../model/names.js'
import { withSeenEndpoints } from '../../docker/networks/network-endpoints.js'
import { pruneNetworks } from '../../docker/networks/network-prune.js'
import { NewNetwork, networkBody } from '../../docker/spec/network.js'
import { networkObject } from '../../docker/targets.js'
import { TimeInput } from '../../engine/times.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_ITS_TARGET, CREATES_NOTHING, GIVES_NOTHING, MANY_TARGETS, NAMES_NOTHING_ELSE } from '../../operation/none.js'

const CreatedNetwork = Type.Object({
  id: Text('The full id'),
  name: Text('Its name'),
  warnings: Texts('What the engine warned of')
}, { ...closed, title: 'CreatedNetwork', description: 'A network that was made' })

const NetworkType = choice('NetworkType', 'Where a network is from', {
  custom: 'Someone made it',
  builtin: 'Every engine has it: `bridge`, `host` and `none`'
})

export const networkOperations = [
  operation({
    name: 'network.list',
    summary: 'List networks',
    description: 'One host, or across hosts: a host that does not answer costs its own rows and a line under `errors`.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/networks',
    acrossHosts: '/networks',
    input: Type.Object({
      host: hostsWanted(HostName),
      id: filterWords('Only networks whose id contains one of these'),
      name: filterWords('Only networks whose name contains one of these'),
      driver: filterWords('Only networks of one of these drivers, e.g. `bridge`'),
      label: filterWords('Only networks with all of these labels, each `key` or `key=value`'),
      scope: filterWords('Only networks of one of these scopes: `local`, `swarm` or `global`'),
      type: Type.Optional(Type.Array(NetworkType, { maxItems: 2, description: 'Only those that someone made, or only those that every engine has' })),
      dangling: Type.Optional(Type.Boolean({ description: 'Only those that nothing is on, or only those that something is on. Engines of API 1.41 take every network for one that nothing is on' }))
    }, closed),
    output: value(HostList('Networks', NetworkSummary)),
    rowFilter: rows('network', networkRow),
    audit: ['host'],
    example: { host: ['local'], type: ['custom'] },
    async handler ({ host, ...filters }, { hosts }) {
      const wanted = engineFilters(filters)
      return await hosts.across(host, async engine =>
        byName(await engine.networks.list(wanted)).map(network => networkSummary(engine.name, network)))
    }
  }),

  operation({
    name: 'network.inspect',
    summary: 'One network in full',
    description: 'What is promised of every engine, in fields of their own, and under `raw` the engine\'s object as it gave it.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/networks/{network}',
    input: Type.Object({
      ...NetworkRef,
      verbose: Type.Optional(Flag('In a swarm, tell under `raw` of its services and their tasks on all nodes; default false'))
    }, closed),
    output: value(Network),
    target: 'network',
    audit: ['host', 'network'],
    example: { host: 'local', network: 'caisson-example' },
    async handler ({ host, network, verbose = false }, { hosts, target, access }) {
      const engine = hosts.get(host)
      return networkOf(host, await withSeenEndpoints(engine, access, verbose ? await engine.networks.inspect(network, { verbose }) : networkObject(target)))
    }
  }),

  operation({
    name: 'network.create',
    summary: 'Create a network',
    description: 'Has a field for every option of `docker network create`. Where an engine is too old for an option it would pass over, the call is refused.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/networks',
    location: '/hosts/{host}/networks/{id}',
    creates: 'network',
    input: Type.Object({ host: HostName, ...NewNetwork }, closed),
    output: value(CreatedNetwork),
    ownershipLabels: networkOwnershipLabels,
    limits: { ...networkLimits, unlimited: {} },
    references: { inputs: ['configFrom'], of: ({ configFrom }) => configFrom === undefined ? [] : [{ kind: 'network', reference: configFrom, pointer: '/configFrom' }] },
    failures: { conflict: 'Another network has the name, or a subnet that meets this one' },
    target: CREATES_ITS_TARGET,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'name', 'driver', 'ipam', 'enableIpv4', 'enableIpv6', 'internal', 'attachable', 'ingress', 'scope', 'configOnly', 'configFrom'],
    example: { host: 'local', name: 'caisson-example-made', internal: true, labels: { team: 'blue' } },
    async handler ({ host, ...network }, { hosts }) {
      const engine = hosts.get(host)
      const { Id: id, Warning: warning = '' } = await engine.networks.create(networkBody(network, await engine.engine()))
      return { id, name: network.name, warnings: warning === '' ? [] : [warning] }
    }
  }),

  operation({
    name: 'network.remove',
    summary: 'Remove a network',
    description: 'Containers that do not run do not keep it; they miss it when they are started.',
    class: 'write',
    method: 'DELETE',
    path: '/hosts/{host}/networks/{network}',
    input: Type.Object(NetworkRef, closed),
    output: nothing(),
    target: 'network',
    failures: { conflict: 'A container that runs is on it, or every engine has it' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'network'],
    example: { host: 'local', network: 'caisson-example' },
    async handler ({ host, network }, { hosts }) {
      await hosts.get(host).networks.remove(network)
    }
  }),

  operation({
    name: 'network.prune',
    summary: 'Remove all networks that nothing is on',
    description: 'Those that someone made. A container that does not run is not on its networks: one that is to be started again would miss them.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/networks/prune',
    input: Type.Object({
      host: HostName,
      until: Type.Optional(TimeInput('Only networks created before this')),
      label: filterWords('Only networks with all of these labels, each `key` or `key=value`'),
      labelNot: labelNot('networks')
    }, closed),
    output: value(pruned('PrunedNetworks', 'The names of the networks that are gone')),
    rowFilter: removals('network'),
    target: MANY_TARGETS,
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'until', 'label', 'labelNot'],
    example: { host: 'local', label: ['caisson-example=prune'] },
    async handler ({ host, ...wanted }, { hosts, access }) {
      return await pruneNetworks(hosts.get(host), access, wanted)
    }
  })
]

/** Engines give them in an order that changes from call to call. */
const byName = <T extends { readonly Name: string, readonly Id: string }>(networks: T[]): T[] =>
  networks.sort((one, other) => one.Name.localeCompare(other.Name) || one.Id.localeCompare(other.Id))
