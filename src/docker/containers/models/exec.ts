import Type, { type Static } from 'typebox'
import { choice } from '../../../model/choice.js'
import type { ExecInfo } from '../../../engine/host/exec.js'
import { Flag, Raw, Text, Texts, present } from '../../../engine/models/common.js'
import { closed } from '../../../model/objects.js'

const exitCode = (description: string) => Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647, description }))

/** Of output in an answer. */
export const REPLACED = 'Whether some of it was no UTF-8 and became U+FFFD: ask with `encoding` `base64` for the bytes as they are'

/** How output is told. */
export const OutputEncoding = choice('OutputEncoding', 'How output stands in the answer', {
  utf8: 'As text; what is no UTF-8 becomes U+FFFD, and `replaced` says so', base64: 'Byte for byte, as base64'
})

export const ExecResult = Type.Object({
  execId: Text('The engine\'s id of the exec'),
  exitCode: exitCode('What the command exited with; 126 or 127 where it could not be started. Absent where it still runs, and where the container was removed before it could be read'),
  stdout: Type.Optional(Text('What it wrote to its standard output, the first 1 MiB, read as UTF-8 unless `encoding` says otherwise. With `tty` both outputs are here')),
  stderr: Type.Optional(Text('What it wrote to its standard error, the first 1 MiB, read as UTF-8 unless `encoding` says otherwise')),
  truncated: Type.Optional(Flag('Whether it wrote more')),
  replaced: Type.Optional(Flag(REPLACED)),
  timedOut: Type.Optional(Flag('With `timeoutSeconds`: whether they were over before it ended')),
  processLeftRunning: Type.Optional(Flag('After a timeout: true where its processes could not be ended, e.g. because the image has no `sh`'))
}, { ...closed, title: 'ExecResult', description: 'What a command did inside a container; of an interactive exec the `execId` alone' })
export type ExecResult = Static<typeof ExecResult>

export const Exec = Type.Object({
  execId: Text('The engine\'s id of the exec'),
  containerId: Text('The full id of the container it is in'),
  running: Flag('Whether it runs now; false before it was attached to'),
  exitCode: exitCode('What it exited with; absent before its end'),
  command: Texts('The command and its arguments'),
  tty: Flag('Whether it has a terminal'),
  privileged: Flag('Whether it has all rights on the host'),
  user: Type.Optional(Text('Who it runs as; absent where that is the container\'s own user')),
  raw: Raw
}, { ...closed, title: 'Exec', description: 'A command in a container, as it stands' })

export function execOf (info: ExecInfo): Static<typeof Exec> {
  const { ID, ContainerID, Running, ExitCode, ProcessConfig: { entrypoint, arguments: rest, tty, privileged = false, user } } = info
  return {
    execId: ID,
    containerId: ContainerID,
    running: Running,
    command: [entrypoint, ...rest ?? []],
    tty,
    privileged,
    ...present({ user, exitCode: Running ? undefined : ExitCode }),
    raw: { ...info }
  }
}
