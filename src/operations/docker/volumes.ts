import Type from 'typebox'
import { nothing, operation, value } from '../../operation/define.js'
import { engineFilters } from '../../engine/connection/filters.js'
import { removals, rows, volumeRow } from '../../docker/authorization/rows.js'
import { ownershipLabels } from '../../docker/authorization/ownership-labels.js'
import { volumeLimits } from '../../docker/limits/evaluate.js'
import { HostList, filterWords, hostsWanted, labelNot } from '../../engine/models/common.js'
import { redactVolume, redactVolumeRow } from '../../docker/containers/models/redactions.js'
import { pruned } from '../../docker/system/models/prune.js'
import { Volume, VolumeSummary, volumeOf, volumeSummary } from '../../docker/volumes/models/volume.js'
import { HostName, VolumeRef } from '../../model/names.js'
import { NewVolume, volumeBody } from '../../docker/spec/volume.js'
import { volumeObject } from '../../docker/targets.js'
import { pruneVolumes } from '../../docker/volumes/volume-prune.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_ITS_TARGET, CREATES_NOTHING, GIVES_NOTHING, MANY_TARGETS, NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'

export const volumeOperations = [
  operation({
    name: 'volume.list',
    summary: 'List volumes',
    description: 'One host, or across hosts: a host that does not answer costs its own rows and a line under `errors`.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/volumes',
    acrossHosts: '/volumes',
    input: Type.Object({
      host: hostsWanted(HostName),
      name: filterWords('Only volumes whose name contains one of these'),
      driver: filterWords('Only volumes of one of these drivers, e.g. `local`'),
      label: filterWords('Only volumes with all of these labels, each `key` or `key=value`'),
      dangling: Type.Optional(Type.Boolean({ description: 'Only those that no container has, or only those that one has' }))
    }, closed),
    output: value(HostList('Volumes', VolumeSummary)),
    rowFilter: rows('volume', volumeRow),
    redact: ({ items, ...rest }) => ({ ...rest, items: items.map(redactVolumeRow) }),
    audit: ['host'],
    example: { host: ['local'], driver: ['local'] },
    async handler ({ host, ...filters }, { hosts }) {
      const wanted = engineFilters(filters)
      return await hosts.across(host, async engine =>
        byName(await engine.volumes.list(wanted)).map(volume => volumeSummary(engine.name, volume)))
    }
  }),

  operation({
    name: 'volume.inspect',
    summary: 'One volume in full',
    description: 'What is promised of every engine, in fields of their own, and under `raw` the engine\'s object as it gave it.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/volumes/{volume}',
    input: Type.Object(VolumeRef, closed),
    output: value(Volume),
    target: 'volume',
    redact: redactVolume,
    audit: ['host', 'volume'],
    example: { host: 'local', volume: 'caisson-example' },
    async handler ({ host }, { target }) {
      return volumeOf(host, volumeObject(target))
    }
  }),

  operation({
    name: 'volume.create',
    summary: 'Create a volume',
    description: 'Has a field for every option of `docker volume create` but those for volumes of a swarm. One that is there already, with the same driver, is given as it is, with the options and labels that it has.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/volumes',
    location: '/hosts/{host}/volumes/{name}',
    creates: 'volume',
    input: Type.Object({ host: HostName, ...NewVolume }, closed),
    output: value(VolumeSummary),
    ownershipLabels: ownershipLabels('volume'),
    limits: { ...volumeLimits, unlimited: {} },
    references: { inputs: ['name'], of: ({ name }) => name === undefined ? [] : [{ kind: 'volume', reference: name, pointer: '/name', created: true }] },
    failures: { conflict: 'A volume of that name has another driver' },
    target: CREATES_ITS_TARGET,
    redact: none('its answer has the options that the caller gave'),
    audit: ['host', 'name', 'driver'],
    example: { host: 'local', name: 'caisson-example-made', labels: { team: 'blue' } },
    async handler ({ host, ...volume }, { hosts, created }) {
      const made = await hosts.get(host).volumes.create(volumeBody(volume))
      created({ id: made.Name, name: made.Name })
      return volumeSummary(host, made)
    }
  }),

  operation({
    name: 'volume.remove',
    summary: 'Remove a volume, with what is in it',
    description: 'Only one that no container has, running or not.',
    class: 'write',
    method: 'DELETE',
    path: '/hosts/{host}/volumes/{volume}',
    input: Type.Object({
      ...VolumeRef,
      force: Type.Optional(Type.Boolean({ description: 'Forget it even where its driver can\'t be asked; default false. One that a container has stays all the same' }))
    }, closed),
    output: nothing(),
    target: 'volume',
    failures: { conflict: 'A container has it, running or not' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'volume', 'force'],
    example: { host: 'local', volume: 'caisson-example' },
    async handler ({ host, volume, ...options }, { hosts }) {
      await hosts.get(host).volumes.remove(volume, options)
    }
  }),

  operation({
    name: 'volume.prune',
    summary: 'Remove volumes that no container has',
    description: 'Those that were given no name, or with `all` the others as well; of the driver `local` and without options. Engines before API 1.42 know no difference: there, `all` must be said.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/volumes/prune',
    input: Type.Object({
      host: HostName,
      all: Type.Optional(Type.Boolean({ description: 'Those with a name as well; default false' })),
      label: filterWords('Only volumes with all of these labels, each `key` or `key=value`'),
      labelNot: labelNot('volumes')
    }, closed),
    output: value(pruned('PrunedVolumes', 'The names of the volumes that are gone')),
    rowFilter: removals('volume'),
    target: MANY_TARGETS,
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'all', 'label', 'labelNot'],
    example: { host: 'local', all: true, label: ['caisson-example=prune'] },
    async handler ({ host, ...wanted }, { hosts, access, signal }) {
      return await pruneVolumes(hosts.get(host), access, wanted, signal)
    }
  })
]

const byName = <T extends { readonly Name: string }>(volumes: T[]): T[] => volumes.sort((one, other) => one.Name.localeCompare(other.Name))
