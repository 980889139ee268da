import Type, { type Static, type TObject } from 'typebox'
import { DroppedEvent, EndReason, ErrorEvent } from '../engine/models/log.js'
import { ProgressEvent, StepEvent } from '../engine/models/progress.js'
import { Failure } from '../lib/errors.js'
import { problemOf } from '../lib/problem.js'
import type { Job } from './job.js'

/** An operation's own event, with its number among the job's. */
const numbered = <E extends TObject>(title: string, { properties, description }: E & { description?: string }) => Type.Object(
  { ...properties as E['properties'], cursor: Type.String({ description: 'Give it as `after` to go on behind this event' }) },
  { additionalProperties: false, title, description }
)

const JobEndEvent = Type.Object({
  type: Type.Literal('end'),
  reason: EndReason,
  result: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'What the operation came to' }))
}, { additionalProperties: false, title: 'JobEndEvent', description: 'The last item of a job that succeeded' })

export const JobStreamEvent = Type.Union([
  numbered('JobProgressEvent', ProgressEvent), numbered('JobStepEvent', StepEvent), DroppedEvent, JobEndEvent, ErrorEvent
], { title: 'JobStreamEvent', description: 'What a job tells: what its operation does, each with a number' })
export type JobStreamEvent = Static<typeof JobStreamEvent>

const UNKNOWN = {
  cancelled: 'the job was cancelled before its end: part of it may be done',
  interrupted: 'the gateway ended while the job ran: part of it may be done'
} as const

/** The last event of a job that has ended. */
export function lastEventOf ({ id, state, result, error }: Job): JobStreamEvent {
  if (state === 'succeeded') return { type: 'end', reason: 'complete', ...(result === undefined ? {} : { result }) }
  if (state === 'failed' && error !== undefined) return { type: 'error', problem: error }
  const detail = state === 'cancelled' ? UNKNOWN.cancelled : UNKNOWN.interrupted
  return { type: 'error', problem: problemOf(new Failure('outcome-unknown', detail), id) }
}
