import Type, { type Static } from 'typebox'
import { choice } from '../../model/choice.js'
import { Problem } from '../../lib/problem.js'
import { Text, DateTime } from './common.js'
import { closed } from '../../model/objects.js'

export const StreamName = choice('StreamName', 'Which of the two outputs', { stdout: 'Standard output; with a terminal, all there is', stderr: 'Standard error' })

export const LogEvent = Type.Object({
  type: Type.Literal('log'),
  stream: StreamName,
  time: DateTime('When the line was written, to the nanosecond where the engine says so'),
  text: Text('The line, without its end'),
  cursor: Text('Give it as `after` to go on behind this line'),
  partial: Type.Optional(Type.Boolean({ description: 'true where the line was longer than 1 MiB and goes on in the next' }))
}, { ...closed, title: 'LogEvent', description: 'One line of a log' })
export type LogEvent = Static<typeof LogEvent>

export const DroppedEvent = Type.Object({
  type: Type.Literal('dropped'),
  count: Type.Union([Type.Integer({ minimum: 0, maximum: 2_147_483_647 }), Type.Null()], { description: 'How many were left out; null where nobody can know' })
}, { ...closed, title: 'DroppedEvent', description: 'Something was left out, or may have been: the reader was too slow, the engine has rotated it away, or a removed container took it along' })

export const EndReason = choice('EndReason', 'Why a stream ended', {
  complete: 'Everything was told',
  exited: 'The container has ended',
  removed: 'The container was removed',
  shutdown: 'The gateway shuts down: ask again, behind the last cursor',
  revoked: 'The caller may see it no longer'
})

export const EndEvent = Type.Object({
  type: Type.Literal('end'),
  reason: EndReason,
  exitCode: Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647, description: 'With what the container exited' }))
}, { ...closed, title: 'EndEvent', description: 'The last item of a stream that ended as it should' })

export const ErrorEvent = Type.Object({
  type: Type.Literal('error'),
  problem: Problem
}, { ...closed, title: 'ErrorEvent', description: 'The last item of a stream that failed' })

export const LogStreamEvent = Type.Union([LogEvent, DroppedEvent, EndEvent, ErrorEvent], { title: 'LogStreamEvent', description: 'What a log tells' })
export type LogStreamEvent = Static<typeof LogStreamEvent>
