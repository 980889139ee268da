import Type from 'typebox'
import { events, nothing, operation, value } from '../../operation/define.js'
import { ContainerSpec } from '../container-spec.js'
import { createContainer, runContainer } from '../create.js'
import { Closed, Flag, HostList, Text, Texts, hostsWanted } from '../models/common.js'
import { Container, ContainerStatus, ContainerSummary, containerOf, containerSummary } from '../models/container.js'
import { LogStreamEvent } from '../models/log.js'
import { ContainerRef, HostName } from '../names.js'
import { cursorPattern } from '../streams/log-lines.js'
import { containerObject } from '../targets.js'
import { TimeInput } from '../times.js'

const LOCATION = '/hosts/{host}/containers/{id}'
const EXAMPLE_IMAGE = 'caisson-test/busybox:latest'

const filterWords = (description: string) => Type.Optional(Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 100, description }))
const seconds = (description: string, maximum = 3600) => Type.Optional(Type.Integer({ minimum: 0, maximum, description: `${description}, in seconds` }))

const CreatedContainer = Type.Object({
  id: Text('The full id'),
  name: Text('Its name'),
  warnings: Texts('What the engine warned of')
}, { ...Closed, title: 'CreatedContainer' })

const ContainerRun = Type.Object({
  id: Text('The full id'),
  name: Text('Its name'),
  exitCode: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'With `wait`: what it exited with' })),
  stdout: Type.Optional(Text('With `wait`: what it wrote to its standard output, 1 MiB at most')),
  stderr: Type.Optional(Text('With `wait`: what it wrote to its standard error, 1 MiB at most')),
  truncated: Type.Optional(Flag('With `wait`: whether it wrote more')),
  timedOut: Type.Optional(Flag('With `wait`: whether it was killed because `timeoutSeconds` were over'))
}, { ...Closed, title: 'ContainerRun' })

export const containerOperations = [
  operation({
    name: 'container.list',
    summary: 'List containers',
    description: 'One host, or across hosts: a host that does not answer costs its own rows and a line under `errors`. Only running ones, unless `all`, `last` or `status` says otherwise.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers',
    acrossHosts: '/containers',
    field: 'containers',
    input: Type.Object({
      host: hostsWanted(HostName),
      all: Type.Optional(Type.Boolean({ description: 'Those that do not run as well; default false' })),
      last: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'The last so many that were created, whatever their state' })),
      status: Type.Optional(Type.Array(ContainerStatus, { maxItems: 7, description: 'Only containers in one of these states' })),
      label: filterWords('Only containers with all of these labels, each `key` or `key=value`'),
      name: filterWords('Only containers whose name contains one of these'),
      ancestor: filterWords('Only containers made of one of these images'),
      network: filterWords('Only containers on one of these networks'),
      volume: filterWords('Only containers with one of these volumes or mount points'),
      health: Type.Optional(Type.Array(Type.Enum(['starting', 'healthy', 'unhealthy', 'none'], { title: 'HealthFilter' }), { maxItems: 4, description: 'Only containers of this health' })),
      exited: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), { maxItems: 100, description: 'Only containers that exited with one of these codes' }))
    }, Closed),
    output: value(HostList('Containers', ContainerSummary)),
    audit: ['host', 'all'],
    example: { host: ['local'], all: true },
    async handler ({ host, all, last: limit, ...rest }, { hosts }) {
      const filters = Object.fromEntries(Object.entries(rest).map(([name, words]) => [name, words.map(String)]))
      return await hosts.across(host, async engine =>
        (await engine.listContainers({ all, limit, filters })).map(info => containerSummary(engine.name, info)))
    }
  }),

  operation({
    name: 'container.inspect',
    summary: 'One container in full',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}',
    field: 'container',
    input: Type.Object(ContainerRef, Closed),
    output: value(Container),
    target: 'container',
    audit: ['host', 'id'],
    example: { host: 'local', id: 'caisson-example' },
    async handler ({ host }, { target }) {
      return containerOf(host, containerObject(target))
    }
  }),

  operation({
    name: 'container.create',
    summary: 'Create a container, without starting it',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers',
    location: LOCATION,
    creates: 'container',
    input: Type.Object({ host: HostName, ...ContainerSpec }, Closed),
    output: value(CreatedContainer),
    audit: ['host', 'image', 'name', 'privileged', 'networkMode', 'capAdd'],
    example: { host: 'local', image: EXAMPLE_IMAGE, name: 'caisson-example-created', command: ['sleep', '60'], labels: { team: 'blue' } },
    async handler ({ host, ...spec }, { hosts }) {
      return await createContainer(hosts.get(host), spec)
    }
  }),

  operation({
    name: 'container.run',
    summary: 'Create a container and start it',
    description: 'When the start fails, what was created is removed. With `wait`, the answer comes when it has ended, with its exit code and what it wrote.',
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
      timeoutSeconds: seconds('With `wait`: how long it may run before it is killed', 86_400)
    }, Closed),
    output: value(ContainerRun),
    audit: ['host', 'image', 'name', 'privileged', 'networkMode', 'capAdd', 'wait', 'remove'],
    example: { host: 'local', image: EXAMPLE_IMAGE, command: ['echo', 'hello'], wait: true, remove: true },
    async handler ({ host, ...spec }, { hosts, signal }) {
      return await runContainer(hosts.get(host), spec, signal)
    }
  }),

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
      await hosts.get(host).startContainer(id)
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
      await hosts.get(host).stopContainer(id, options)
    }
  }),

  operation({
    name: 'container.remove',
    summary: 'Remove a container',
    class: 'write',
    method: 'DELETE',
    path: '/hosts/{host}/containers/{id}',
    input: Type.Object({
      ...ContainerRef,
      force: Type.Optional(Type.Boolean({ description: 'Kill it first if it runs; default false' })),
      volumes: Type.Optional(Type.Boolean({ description: 'Remove its anonymous volumes as well; default false' }))
    }, Closed),
    output: nothing(),
    target: 'container',
    audit: ['host', 'id', 'force', 'volumes'],
    example: { host: 'local', id: 'caisson-example', force: true },
    async handler ({ host, id, ...options }, { hosts }) {
      await hosts.get(host).removeContainer(id, options)
    }
  }),

  operation({
    name: 'container.logs',
    summary: 'Read or follow a container\'s log',
    description: 'At one address: NDJSON, SSE (`Accept: text/event-stream`), bare lines (`Accept: text/plain`), or WebSocket.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/logs',
    plainText: true,
    input: Type.Object({
      ...ContainerRef,
      follow: Type.Optional(Type.Boolean({ default: false, description: 'Go on with what is written from now on' })),
      tail: Type.Optional(Type.String({ pattern: '^(all|\\d{1,9})$', default: 'all', description: 'How many of the last lines, or `all`', 'x-expects': 'a number of lines, or "all"' })),
      since: Type.Optional(TimeInput('Only lines written after this')),
      until: Type.Optional(TimeInput('Only lines written before this')),
      stdout: Type.Optional(Type.Boolean({ default: true, description: 'Lines of the standard output' })),
      stderr: Type.Optional(Type.Boolean({ default: true, description: 'Lines of the standard error' })),
      after: Type.Optional(Type.String({ pattern: cursorPattern, description: 'Go on behind the line that had this cursor', 'x-expects': 'a cursor as a log line carries it' }))
    }, Closed),
    output: events(LogStreamEvent),
    target: 'container',
    audit: ['host', 'id', 'follow', 'tail', 'since', 'until'],
    example: { host: 'local', id: 'caisson-example', tail: '10' },
    async handler ({ host, id: _id, ...options }, { hosts, signal, target }) {
      return await hosts.get(host).logs(containerObject(target), options, signal)
    }
  })
]
