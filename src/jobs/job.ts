import type { Selectable } from 'kysely'
import Type, { type Static } from 'typebox'
import { Problem } from '../lib/problem.js'
import { JobState } from '../model/job-state.js'
import type { JobTable } from '../store/schema.js'

export const Job = Type.Object({
  id: Type.String({ description: 'The id' }),
  operation: Type.String({ description: 'What it does, e.g. `image.pull`' }),
  host: Type.String({ description: 'The host it does it on' }),
  state: JobState,
  createdAt: Type.String({ format: 'date-time', description: 'When it began; ISO 8601 UTC' }),
  endedAt: Type.Optional(Type.String({ format: 'date-time', description: 'When it ended; ISO 8601 UTC' })),
  result: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Of one that succeeded: what its last event told as the result' })),
  error: Type.Optional(Problem)
}, { additionalProperties: false, title: 'Job', description: 'Work that goes on without the request that began it' })
export type Job = Static<typeof Job>

export function jobOf ({ id, operation, host, state, created_at: createdAt, ended_at: endedAt, result, error }: Selectable<JobTable>): Job {
  return {
    id,
    operation,
    host,
    state,
    createdAt,
    ...(endedAt === null ? {} : { endedAt }),
    ...(result === null ? {} : { result: JSON.parse(result) as object }),
    ...(error === null ? {} : { error: JSON.parse(error) as Problem })
  }
}
