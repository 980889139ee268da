import Type from 'typebox'
import { choice } from '../../model/choice.js'
import type { Context } from '../../operation/context.js'
import { nothing, operation, value } from '../../operation/define.js'
import { listContainers } from '../../docker/containers/container-list.js'
import { ContainerSpec, SPEC_AUDIT, SPEC_SECRETS, WithSpec, specAuditParts } from '../../docker/containers/container-spec.js'
import { createContainer, findCreated, createdOf, type CreateOptions, type CreateTimeouts } from '../../docker/containers/create.js'
import { TtlSeconds } from '../container-renew.js'
import { engineFilters } from '../../engine/connection/filters.js'
import { portWords, portsWanted } from '../../docker/containers/port-filters.js'
import { Flag, HostList, Text, Texts, filterWord, filterWords, hostsWanted, seconds } from '../../engine/models/common.js'
import { Container, ContainerStatus, ContainerSummary, containerOf } from '../../docker/containers/models/container.js'
import { specReferences } from '../../docker/authorization/references.js'
import { containerRow, rows } from '../../docker/authorization/rows.js'
import { containerOwnershipLabels } from '../../docker/authorization/ownership-labels.js'
import { verifyCreated } from '../../docker/limits/verify-created.js'
import { containerLimits } from '../../docker/limits/evaluate.js'
import { OutputEncoding, REPLACED } from '../../docker/containers/models/exec.js'
import { redactContainer } from '../../docker/containers/models/redactions.js'
import { ContainerRef, HostName } from '../../model/names.js'
import { runBefore, runContainer } from '../../docker/containers/run.js'
import { amountsIn } from '../../quotas/usage.js'
import { Isolation } from '../../docker/spec/isolation.js'
import { containerObject } from '../../docker/targets.js'
import type { EngineObject } from '../../engine/objects.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_ITS_TARGET, CREATES_NOTHING, GIVES_NOTHING, NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'
import { CREATE_UNLIMITED } from './unlimited.js'

const LOCATION = '/hosts/{host}/containers/{id}'
const EXAMPLE_IMAGE = 'caisson-test/busybox:latest'

const HealthFilter = choice('HealthFilter', 'What a health check has found', {
  starting: 'It counts no failure yet', healthy: 'The last check went well', unhealthy: 'Too many checks in a row have failed', none: 'There is no health check'
})

const CreatedContainer = Type.Object({
  id: Text('The full id'),
  name: Text('Its name'),
  warnings: Texts('What the engine warned of')
}, { ...closed, title: 'CreatedContainer', description: 'What was created' })

const ContainerRun = Type.Object({
  id: Text('The full id'),
  name: Text('Its name'),
  exitCode: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'With `wait`: what it exited with' })),
  stdout: Type.Optional(Text('With `wait`: what it wrote to its standard output, 1 MiB at most, as `encoding` says')),
  stderr: Type.Optional(Text('With `wait`: what it wrote to its standard error, 1 MiB at most, as `encoding` says')),
  truncated: Type.Optional(Flag('With `wait`: whether it wrote more')),
  replaced: Type.Optional(Flag(`With \`wait\`: ${REPLACED.charAt(0).toLowerCase()}${REPLACED.slice(1)}`)),
  timedOut: Type.Optional(Flag('With `wait`: whether it was killed because `timeoutSeconds` were over'))
}, { ...closed, title: 'ContainerRun', description: 'What runs now, or with `wait` how it ended' })

const ttlSeconds = Type.Optional(TtlSeconds('How long it may live from when it is created; then Caisson stops and removes it, with its anonymous volumes, whatever its state'))

export const NewContainer = Type.Object({
  host: HostName,
  ...ContainerSpec,
  autoRemove: Type.Optional(Type.Boolean({ description: 'The engine removes it, with its anonymous volumes, when it has ended; default false' })),
  ttlSeconds
}, { ...closed, ...WithSpec })

export const NEW_CONTAINER = { host: 'local', image: EXAMPLE_IMAGE, name: 'caisson-example-created', command: ['sleep', '60'], labels: { team: 'blue' } }

/** Under a key, or with a time to live, it may have to be found again; what is looked at behind its create is nobody's until then. */
async function making<T> (operation: string, { host, ttlSeconds }: { host: string, ttlSeconds?: number }, context: Context, make: (making: CreateOptions) => Promise<T>): Promise<T> {
  const { hosts, signal, callId, idempotencyKey, expirations, quotas, grant } = context
  const look = verifyCreated(operation, context)
  const isMarked = idempotencyKey !== undefined || ttlSeconds !== undefined || look !== undefined
  const within: CreateTimeouts = async ({ body }, create) => await quotas.within(operation, grant, amountsIn(body.HostConfig as EngineObject), create)
  const isThere = async (id: string) => await hosts.get(host).containers.inspectIfThere(id) !== null
  return await expirations.giving({ host, callId, ttlSeconds, isThere }, async there =>
    await make({ signal, there, look, within, ...isMarked ? { mark: callId } : {} }))
}

export const containerOperations = [
  operation({
    name: 'container.list',
    summary: 'List containers',
    description: 'One host, or across hosts: a host that does not answer costs its own rows and a line under `errors`. Only running ones, unless `all`, `last` or `status` says otherwise.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers',
    acrossHosts: '/containers',
    input: Type.Object({
      host: hostsWanted(HostName),
      all: Type.Optional(Type.Boolean({ description: 'Those that do not run as well; default false' })),
      size: Type.Optional(Type.Boolean({ description: 'Tell the sizes on disk as well, which costs the engine time; default false' })),
      last: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'The last so many that were created, whatever their state' })),
      status: Type.Optional(Type.Array(ContainerStatus, { maxItems: 7, description: 'Only containers in one of these states' })),
      id: filterWords('Only containers whose id begins with one of these'),
      label: filterWords('Only containers with all of these labels, each `key` or `key=value`'),
      name: filterWords('Only containers whose name contains one of these'),
      ancestor: filterWords('Only containers made of one of these images'),
      network: filterWords('Only containers on one of these networks'),
      volume: filterWords('Only containers with one of these volumes or mount points'),
      health: Type.Optional(Type.Array(HealthFilter, { maxItems: 4, description: 'Only containers of this health' })),
      exited: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), { maxItems: 100, description: 'Only containers that exited with one of these codes' })),
      before: filterWord('Only containers that were created before this one: its id or name'),
      since: filterWord('Only containers that were created after this one: its id or name'),
      publish: portWords('Only containers that publish one of these ports of the host'),
      expose: portWords('Only containers that have one of these ports inside, published or not'),
      isTask: Type.Optional(Type.Boolean({ description: 'Only tasks of a swarm\'s services, or only others' })),
      isolation: Type.Optional(Type.Array(Isolation, { maxItems: 3, description: 'Windows: only containers of one of these isolations' }))
    }, closed),
    output: value(HostList('Containers', ContainerSummary)),
    rowFilter: rows('container', containerRow),
    audit: ['host', 'all'],
    example: { host: ['local'], all: true },
    async handler ({ host, all, size, last, publish, expose, ...filters }, { hosts, access, expirations }) {
      const fits = portsWanted({ publish, expose })
      const options = { all, size, filters: engineFilters(filters) }
      return await hosts.across(host, async engine => await listContainers(engine, { access, last, fits, expiry: await expirations.store.on(engine.name) }, options))
    }
  }),

  operation({
    name: 'container.inspect',
    summary: 'One container in full',
    description: 'What is promised of every engine, in fields of their own, and under `raw` the engine\'s object as it gave it.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}',
    input: Type.Object({ ...ContainerRef, size: Type.Optional(Type.Boolean({ description: 'Tell its sizes on disk as well, which costs the engine time; default false' })) }, closed),
    output: value(Container),
    asListed: { state: ({ state }) => state.status, networks: ({ networks }) => networks.map(({ name }) => name) },
    target: 'container',
    allowsNotReady: true,
    redact: redactContainer,
    audit: ['host', 'id', 'size'],
    example: { host: 'local', id: 'caisson-example' },
    async handler ({ host, id, size = false }, { hosts, target, expirations }) {
      const found = size ? await hosts.get(host).containers.inspect(id, { size }) : containerObject(target)
      return containerOf(host, found, await expirations.store.of({ host, id }))
    }
  }),

  operation({
    name: 'container.create',
    summary: 'Create a container, without starting it',
    description: 'Has a field for every option of `docker container create`. An image that is not there is pulled first, unless `pull` says otherwise. Where an engine is too old for an option it would pass over, the call is refused. On engines before API 1.44 further networks are connected behind the create; when one of them fails the container is removed again.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers',
    location: LOCATION,
    creates: 'container',
    input: NewContainer,
    output: value(CreatedContainer),
    secret: SPEC_SECRETS,
    references: specReferences,
    ownershipLabels: containerOwnershipLabels,
    limits: { ...containerLimits, unlimited: CREATE_UNLIMITED },
    failures: { conflict: 'The name is taken' },
    target: CREATES_ITS_TARGET,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', ...SPEC_AUDIT, 'autoRemove', 'ttlSeconds'],
    auditParts: specAuditParts,
    example: NEW_CONTAINER,
    async handler (input, context) {
      const { host, ttlSeconds: _, ...spec } = input
      return await making('container.create', input, context, async making => await createContainer(context.hosts.get(host), spec, making))
    },
    async recover ({ host, ttlSeconds: _, ...spec }, context) {
      const { hosts, callId } = context
      const found = await findCreated(hosts.get(host), spec, { callId, look: verifyCreated('container.create', context) })
      return found === undefined ? undefined : createdOf(found)
    }
  }),

  operation({
    name: 'container.run',
    summary: 'Create a container and start it',
    description: 'When the start fails, what was created is removed. With `wait`, the answer comes when it has ended, with its exit code and what it wrote; a client that leaves lets it go on, until `timeoutSeconds` are over; with `remove` it is removed then and there. Its standard input is empty, unless `openStdin` keeps it open for whoever attaches.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/run',
    location: LOCATION,
    creates: 'container',
    input: Type.Object({
      host: HostName,
      ...ContainerSpec,
      wait: Type.Optional(Type.Boolean({ default: false, description: 'Answer when it has ended' })),
      remove: Type.Optional(Type.Boolean({ default: false, description: 'Remove it, with its anonymous volumes, when it has ended' })),
      timeoutSeconds: seconds('With `wait`: how long it may run before it is killed', 86_400),
      encoding: Type.Optional(OutputEncoding),
      ttlSeconds
    }, { ...closed, ...WithSpec }),
    output: value(ContainerRun),
    secret: SPEC_SECRETS,
    references: specReferences,
    ownershipLabels: containerOwnershipLabels,
    limits: {
      ...containerLimits,
      unlimited: {
        ...CREATE_UNLIMITED,
        wait: 'it says when the call is answered',
        remove: 'it only takes away',
        timeoutSeconds: 'it can only end the container sooner',
        encoding: 'it says how the answer is written'
      }
    },
    failures: { conflict: 'The name is taken' },
    target: CREATES_ITS_TARGET,
    redact: none('its answer is what the caller\'s own command wrote'),
    audit: ['host', ...SPEC_AUDIT, 'wait', 'remove', 'timeoutSeconds', 'encoding', 'ttlSeconds'],
    auditParts: specAuditParts,
    example: { host: 'local', image: EXAMPLE_IMAGE, command: ['echo', 'hello'], wait: true, remove: true },
    async handler (input, context) {
      const { host, ttlSeconds: _, ...spec } = input
      return await making('container.run', input, context, async making => await runContainer(context.hosts.get(host), spec, making, context.created))
    },
    async recover ({ host, ttlSeconds: _, ...spec }, context) {
      const { hosts, callId, signal } = context
      return await runBefore(hosts.get(host), spec, { callId, look: verifyCreated('container.run', context) }, signal)
    }
  }),

  operation({
    name: 'container.remove',
    summary: 'Remove a container',
    description: 'What it wrote is gone, outside of volumes; `force` kills one that runs.',
    class: 'write',
    method: 'DELETE',
    path: '/hosts/{host}/containers/{id}',
    input: Type.Object({
      ...ContainerRef,
      force: Type.Optional(Type.Boolean({ description: 'Kill it first if it runs; default false' })),
      volumes: Type.Optional(Type.Boolean({ description: 'Remove its anonymous volumes as well; default false' }))
    }, closed),
    output: nothing(),
    target: 'container',
    allowsNotReady: true,
    failures: { conflict: 'It runs, and `force` was not given' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: GIVES_NOTHING,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'force', 'volumes'],
    example: { host: 'local', id: 'caisson-example', force: true },
    async handler ({ host, id, ...options }, { hosts, expirations }) {
      await hosts.get(host).containers.remove(id, options)
      await expirations.store.removeOf({ host, id })
    }
  })
]
