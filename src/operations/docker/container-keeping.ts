import Type from 'typebox'
import { nothing, operation, value } from '../../operation/define.js'
import { pruneContainers } from '../../docker/containers/container-prune.js'
import { namesGiven } from '../../docker/authorization/image-names.js'
import { removals } from '../../docker/authorization/rows.js'
import { importOwnershipLabels } from '../../docker/authorization/ownership-labels.js'
import { commitLimits } from '../../docker/limits/evaluate.js'
import { Text, filterWords, labelNot } from '../../engine/models/common.js'
import { pruned } from '../../docker/system/models/prune.js'
import { ContainerName, ContainerRef, HostName, NewReference } from '../../model/names.js'
import { TimeInput } from '../../engine/times.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, GIVES_NOTHING, MANY_TARGETS, NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'

export const containerKeepingOperations = [
  operation({
    name: 'container.rename',
    summary: 'Give a container another name',
    description: 'Also while it runs.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/rename',
    input: Type.Object({ ...ContainerRef, name: ContainerName }, closed),
    output: nothing(),
    target: 'container',
    renames: 'name',
    failures: { conflict: 'The name is taken' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: none('a name takes nothing of the host'),
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'name'],
    example: { host: 'local', id: 'caisson-example', name: 'caisson-example-renamed' },
    async handler ({ host, id, name }, { hosts }) {
      await hosts.get(host).containers.rename(id, name)
    }
  }),

  operation({
    name: 'container.commit',
    summary: 'Make an image of a container\'s file system',
    description: 'What is in volumes is left out.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/commit',
    location: '/hosts/{host}/images/{id}',
    creates: 'image',
    input: Type.Object({
      ...ContainerRef,
      reference: Type.Optional(NewReference('A name for the new image')),
      author: Type.Optional(Type.String({ maxLength: 4096, description: 'Who made it, e.g. `Ann <ann@example.com>`' })),
      message: Type.Optional(Type.String({ maxLength: 4096, description: 'A message for its history' })),
      changes: filterWords('Instructions of a Dockerfile, e.g. `CMD ["sh"]`'),
      pause: Type.Optional(Type.Boolean({ default: true, description: 'Freeze its processes meanwhile' }))
    }, closed),
    output: value(Type.Object({ id: Text('The new image\'s full id, `sha256:…`') }, { ...closed, title: 'CommittedImage', description: 'The image that was made' })),
    target: 'container',
    ownershipLabels: importOwnershipLabels,
    limits: { ...commitLimits, unlimited: {} },
    writesImages: ({ reference }) => namesGiven(reference),
    references: NAMES_NOTHING_ELSE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'reference', 'pause'],
    example: { host: 'local', id: 'caisson-example', reference: 'caisson-test/committed:latest', changes: ['LABEL made=here'] },
    async handler ({ host, id, ...options }, { hosts }) {
      return { id: await hosts.get(host).containers.commit(id, options) }
    }
  }),

  operation({
    name: 'container.prune',
    summary: 'Remove all containers that do not run',
    description: 'Also those that were never started. Filters add up; without one, all that do not run are gone.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/prune',
    input: Type.Object({
      host: HostName,
      until: Type.Optional(TimeInput('Only containers created before this')),
      label: filterWords('Only containers with all of these labels, each `key` or `key=value`'),
      labelNot: labelNot('containers')
    }, closed),
    output: value(pruned('PrunedContainers', 'The full ids of the containers that are gone')),
    rowFilter: removals('container'),
    target: MANY_TARGETS,
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'until', 'label', 'labelNot'],
    example: { host: 'local', label: ['caisson-example=prune'] },
    async handler ({ host, ...wanted }, { hosts, access }) {
      return await pruneContainers(hosts.get(host), access, wanted)
    }
  })
]
