import Type, { type Static } from 'typebox'
import { Closed, Flag, Text } from './common.js'

export const ExecResult = Type.Object({
  execId: Text('The engine\'s id of the exec'),
  exitCode: Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647, description: 'What the command exited with; 126 or 127 where it could not be started. Absent where it still runs, and where the container was removed before it could be read' })),
  stdout: Type.Optional(Text('What it wrote to its standard output, the first 1 MiB, read as UTF-8. With `tty` both outputs are here')),
  stderr: Type.Optional(Text('What it wrote to its standard error, the first 1 MiB, read as UTF-8')),
  truncated: Type.Optional(Flag('Whether it wrote more')),
  timedOut: Type.Optional(Flag('With `timeoutSeconds`: whether they were over before it ended')),
  processLeftRunning: Type.Optional(Flag('After a timeout: true where its processes could not be ended, e.g. because the image has no `sh`'))
}, { ...Closed, title: 'ExecResult', description: 'What a command did inside a container; of an interactive exec the `execId` alone' })
export type ExecResult = Static<typeof ExecResult>
