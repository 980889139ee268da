import Type from 'typebox'
import { invalidField } from '../../lib/errors.js'
import { events, operation, value } from '../../operation/define.js'
import { needsApi } from '../../engine/connection/api-version.js'
import { PublishedPort, Texts } from '../../engine/models/common.js'
import { publishedPorts } from '../../docker/containers/models/container.js'
import { LogStreamEvent } from '../../engine/models/log.js'
import { StatsStreamEvent } from '../../engine/models/stats.js'
import { ContainerRef } from '../../model/names.js'
import { PsArguments } from '../../docker/containers/ps-arguments.js'
import { cursorPattern } from '../../engine/streams/log-position.js'
import { containerObject } from '../../docker/targets.js'
import { ALSO_NUMBER } from '../../model/number-texts.js'
import { TimeInput } from '../../engine/times.js'
import { closed } from '../../model/objects.js'

const ContainerProcesses = Type.Object({
  titles: Texts('The names of the columns, as `ps` has them'),
  processes: Type.Array(Type.Array(Type.String()), { description: 'A row for each process, with a text for each column' })
}, { ...closed, title: 'ContainerProcesses', description: 'The processes of a container' })

const ContainerPorts = Type.Object({
  items: Type.Array(PublishedPort, { description: 'A line for each address that the host listens on' })
}, { ...closed, title: 'ContainerPorts', description: 'The published ports of a container' })

export const containerMonitoringOperations = [
  operation({
    name: 'container.logs',
    summary: 'Read or follow a container\'s log',
    description: 'At one address: NDJSON, SSE (`Accept: text/event-stream`), bare lines (`Accept: text/plain`), or WebSocket. Who follows is given what is written until the container ends or is removed. A follower that lags by more than 1 MiB is told how many lines it lost (`dropped`); where the engine has rotated lines away, or the log went with its container, `count` is null. An engine that goes away is looked for, for 15 seconds.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/logs',
    plainText: true,
    input: Type.Object({
      ...ContainerRef,
      follow: Type.Optional(Type.Boolean({ default: false, description: 'Go on with what is written from now on' })),
      tail: Type.Optional(Type.String({ pattern: '^(all|\\d{1,9})$', default: 'all', description: 'How many of the last lines of what is asked for, each of them whole, or `all`', 'x-expects': 'a number of lines, or "all"', [ALSO_NUMBER]: true })),
      since: Type.Optional(TimeInput('Only lines written after this')),
      until: Type.Optional(TimeInput('Only lines written before this')),
      stdout: Type.Optional(Type.Boolean({ default: true, description: 'Lines of the standard output' })),
      stderr: Type.Optional(Type.Boolean({ default: true, description: 'Lines of the standard error' })),
      after: Type.Optional(Type.String({ pattern: cursorPattern, description: 'Go on behind the line that had this cursor, without a gap or a repeat; `tail` counts for nothing then', 'x-expects': 'a cursor as a log line carries it' }))
    }, closed),
    output: events(LogStreamEvent),
    target: 'container',
    audit: ['host', 'id', 'follow', 'tail', 'since', 'until'],
    example: { host: 'local', id: 'caisson-example', tail: '10' },
    async handler ({ host, id: _id, ...options }, { hosts, signal, target }) {
      return await hosts.get(host).containers.logs(containerObject(target), options, signal)
    }
  }),

  operation({
    name: 'container.stats',
    summary: 'Follow what a container uses: CPU, memory, network, block devices',
    description: 'About a sample a second, until the container ends or is removed. CPU and memory are counted as `docker stats` counts them, on cgroup v1 and v2. At one address: NDJSON, SSE (`Accept: text/event-stream`), or WebSocket.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/stats',
    input: Type.Object({
      ...ContainerRef,
      stream: Type.Optional(Type.Boolean({ default: true, description: 'Go on; false: one sample, after a second or two, all zeros where the container does not run' })),
      oneShot: Type.Optional(Type.Boolean({ description: 'With `stream: false`: the sample at once, with no other before it: the use of CPUs is then the average since the container was started (engines of API 1.41 may take a second all the same). Default false' }))
    }, closed),
    output: events(StatsStreamEvent),
    target: 'container',
    audit: ['host', 'id', 'stream', 'oneShot'],
    example: { host: 'local', id: 'caisson-example', stream: false },
    async handler ({ host, id, stream = true, oneShot = false }, { hosts, signal }) {
      if (oneShot && stream) throw invalidField('oneShot', 'goes with stream: false, as it is one sample')
      const engine = hosts.get(host)
      await needsApi(engine, { oneShot }, { oneShot: '1.41' })
      return await engine.containers.stats(id, { stream, oneShot }, signal)
    }
  }),

  operation({
    name: 'container.top',
    summary: 'The processes of a running container',
    description: 'The `ps` of the engine\'s machine lists them: process ids are the host\'s.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/top',
    input: Type.Object({ ...ContainerRef, psArgs: Type.Optional(PsArguments) }, closed),
    output: value(ContainerProcesses),
    target: 'container',
    failures: { conflict: 'It does not run' },
    audit: ['host', 'id', 'psArgs'],
    example: { host: 'local', id: 'caisson-example', psArgs: '-o pid,comm' },
    async handler ({ host, id, psArgs }, { hosts }) {
      const { Titles: titles, Processes: processes } = await hosts.get(host).containers.top(id, psArgs)
      return { titles, processes: processes ?? [] }
    }
  }),

  operation({
    name: 'container.port',
    summary: 'The published ports of a container',
    description: 'None where the container does not run, since the host listens only while it does.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/ports',
    input: Type.Object(ContainerRef, closed),
    output: value(ContainerPorts),
    target: 'container',
    audit: ['host', 'id'],
    example: { host: 'local', id: 'caisson-example' },
    async handler (_input, { target }) {
      return { items: publishedPorts(containerObject(target).NetworkSettings.Ports) }
    }
  })
]
