import Type from 'typebox'
import { events, operation } from '../../operation/define.js'
import { Closed } from '../models/common.js'
import { LogStreamEvent } from '../models/log.js'
import { ContainerRef } from '../names.js'
import { cursorPattern } from '../streams/log-lines.js'
import { containerObject } from '../targets.js'
import { TimeInput } from '../times.js'

export const containerMonitoringOperations = [
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
      return await hosts.get(host).containers.logs(containerObject(target), options, signal)
    }
  })
]
