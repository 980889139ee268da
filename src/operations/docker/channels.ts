import Type from 'typebox'
import { noSuch } from '../../lib/errors.js'
import { size } from '../../model/channel.js'
import { channel, nothing, operation, value } from '../../operation/define.js'
import { attachToContainer } from '../../docker/containers/attach.js'
import { attachToExec } from '../../docker/containers/exec-attach.js'

import { Exec, execOf } from '../../docker/containers/models/exec.js'
import { ContainerRef, DetachKeys, ExecRef } from '../../model/names.js'
import { resizeContainer, resizeExec } from '../../docker/containers/resize.js'
import { containerObject, execObject } from '../../docker/targets.js'
import { closed } from '../../model/objects.js'
import { ANSWER_IS_PLAIN, CREATES_NOTHING, LIMITED_AT_CREATE, NAMES_NOTHING_ELSE } from '../../operation/none.js'
import { none } from '../../authorization/authorization-spec.js'

const part = (description: string) => Type.Optional(Type.Boolean({ description }))

export const channelOperations = [
  operation({
    name: 'container.attach',
    summary: 'Attach to a container\'s own process',
    description: `A WebSocket to the standard input and the outputs of the process that the container was started with, from now on. Leaving it changes nothing for the process, but that a container made with \`stdinOnce\` has its input closed.
It ends with the container: \`exit 7\` as the reason of the close code 1000, or \`detached\`; 4404 where the container was removed.`,
    class: 'exec',
    method: 'GET',
    path: '/hosts/{host}/containers/{id}/attach',
    input: Type.Object({
      ...ContainerRef,
      stdin: part('To its input; where it has one (`openStdin`) when absent'),
      stdout: part('To its standard output; true when absent'),
      stderr: part('To its standard error; true when absent. With a terminal both outputs are one'),
      logs: part('First what its log has already, and then without a gap what it writes; where nobody can tell whether something is missing between, the status says so (`{"dropped": null}`). Of a line that is not whole yet the beginning may be missing. False when absent'),
      detachKeys: DetachKeys
    }, closed),
    output: channel(),
    target: 'container',
    failures: { conflict: 'The container does not run, is paused, or has no input to write to (`stdin`)' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: none('whoever may attach may read what the process writes'),
    audit: ['host', 'id', 'stdin', 'stdout', 'stderr', 'logs', 'detachKeys'],
    example: { host: 'local', id: 'caisson-example', logs: true },
    async handler ({ host, id: _, ...options }, { hosts, target, signal }) {
      return await attachToContainer(hosts.get(host), containerObject(target), options, signal)
    }
  }),

  operation({
    name: 'container.resize',
    summary: 'Resize the terminal of a container',
    description: 'What runs in it is told (SIGWINCH). Over a channel the size can be told as well.',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/containers/{id}/resize',
    input: Type.Object({ ...ContainerRef, ...size }, closed),
    output: nothing(),
    target: 'container',
    failures: { conflict: 'It does not run, or has no terminal' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'id', 'columns', 'rows'],
    example: { host: 'local', id: 'caisson-example-terminal', columns: 120, rows: 40 },
    async handler ({ host, columns, rows }, { hosts, target }) {
      await resizeContainer(hosts.get(host), containerObject(target), { columns, rows })
    }
  }),

  operation({
    name: 'exec.attach',
    summary: 'Start an interactive exec and attach to it',
    description: `A WebSocket to the input and the outputs of a command that \`container.exec\` made with \`interactive\`. That starts it, and so can be done once, within an hour.
It ends with the command: \`exit 7\` as the reason of the close code 1000 (126 or 127 where it could not be started), or \`detached\`; 4404 where the container was removed, also before the command began: what the engine says of that is no output. Whoever leaves before ends the command as well, as \`container.exec\` describes; the detach keys leave it running.`,
    class: 'exec',
    method: 'GET',
    path: '/hosts/{host}/exec/{exec}/attach',
    input: Type.Object(ExecRef, closed),
    output: channel(),
    target: 'exec',
    failures: { conflict: 'It has been started already, or its container does not run or is paused' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: none('whoever may attach may read what the process writes'),
    audit: ['host', 'exec'],
    example: { host: 'local', exec: 'e'.repeat(64) },
    async handler ({ host }, { hosts, execs, target, signal }) {
      return await attachToExec(hosts.get(host), execs, execObject(target), signal)
    }
  }),

  operation({
    name: 'exec.resize',
    summary: 'Resize the terminal of an exec',
    description: 'What runs in it is told (SIGWINCH). Over a channel the size can be told as well.',
    class: 'exec',
    method: 'POST',
    path: '/hosts/{host}/exec/{exec}/resize',
    input: Type.Object({ ...ExecRef, ...size }, closed),
    output: nothing(),
    target: 'exec',
    failures: { conflict: 'It does not run, or has no terminal' },
    references: NAMES_NOTHING_ELSE,
    ownershipLabels: CREATES_NOTHING,
    limits: LIMITED_AT_CREATE,
    redact: ANSWER_IS_PLAIN,
    audit: ['host', 'exec', 'columns', 'rows'],
    example: { host: 'local', exec: 'e'.repeat(64), columns: 120, rows: 40 },
    async handler ({ host, columns, rows }, { hosts, target }) {
      await resizeExec(hosts.get(host), execObject(target).exec, { columns, rows })
    }
  }),

  operation({
    name: 'exec.inspect',
    summary: 'Look at an exec',
    description: 'For whoever made it, until its container is removed, and for 30 days at most.',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/exec/{exec}',
    input: Type.Object(ExecRef, closed),
    output: value(Exec),
    target: 'exec',
    audit: ['host', 'exec'],
    example: { host: 'local', exec: 'e'.repeat(64) },
    async handler ({ host, exec }, { hosts }) {
      const info = await hosts.get(host).execs.info(exec)
      if (info === null) throw noSuch('exec', exec)
      return execOf(info)
    }
  })
]
