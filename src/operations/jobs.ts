import Type from 'typebox'
import { events, operation, value } from '../operation/define.js'
import { JobStreamEvent } from '../jobs/events.js'
import { Job } from '../jobs/job.js'
import { JobState } from '../model/job-state.js'
import { closed } from '../model/objects.js'
import { exactText } from './filters.js'
import { NOT_ON_A_HOST } from '../operation/none.js'

const JobRef = { id: Type.String({ minLength: 1, maxLength: 64, description: 'The id of the job' }) }

/** A job that is there in the state that examples speak of; its owner is who runs them. */
const EXAMPLE = '01K0000000000000000000J0BS'

const list = operation({
  name: 'job.list',
  summary: 'List jobs, newest first',
  description: 'One\'s own; admins see all, and a token that is narrowed to some hosts those on them. A job that has ended is kept for a while: `CAISSON_JOB_RETENTION`, 24 hours unless set otherwise. Filters add up.',
  class: 'read',
  method: 'GET',
  path: '/jobs',
  permission: 'self',
  input: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'How many items at most' })),
    cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The `nextCursor` of the page before; the filters stay the same' })),
    state: Type.Optional(JobState),
    operation: exactText('Only jobs of this operation, e.g. `image.pull`'),
    host: exactText('Only jobs on this host')
  }, closed),
  audit: ['limit', 'state', 'operation', 'host'],
  output: value(Type.Object({
    items: Type.Array(Job, { description: 'The jobs, newest first' }),
    nextCursor: Type.Optional(Type.String({ description: 'Gives the next page; absent on the last' }))
  }, { ...closed, title: 'JobList', description: 'A page of jobs' })),
  example: { limit: 10, state: 'succeeded', operation: 'image.pull' },
  async handler ({ limit = 100, ...query }, { actor, jobs }) {
    return await jobs.list({ ...query, limit, ownerId: actor?.admin === true ? undefined : actor?.id, onHost: actor?.tokenScope?.hosts })
  }
})

const inspect = operation({
  name: 'job.inspect',
  summary: 'Look at a job',
  description: 'One\'s own; admins may look at any. A job that has ended is there as long as it is kept.',
  class: 'read',
  method: 'GET',
  path: '/jobs/{id}',
  permission: 'self',
  target: 'job',
  input: Type.Object(JobRef, closed),
  audit: ['id'],
  output: value(Job),
  example: { id: EXAMPLE },
  async handler ({ id }, { jobs }) {
    return await jobs.get(id)
  }
})

const cancel = operation({
  name: 'job.cancel',
  summary: 'Cancel a job',
  description: 'Ends the engine\'s work within two seconds, and answers when it has ended. What was done by then stays done. A job that has ended already stays as it is.',
  class: 'write',
  method: 'POST',
  path: '/jobs/{id}/cancel',
  permission: 'self',
  target: 'job',
  input: Type.Object(JobRef, closed),
  ...NOT_ON_A_HOST,
  audit: ['id'],
  output: value(Job),
  example: { id: EXAMPLE },
  async handler ({ id }, { jobs }) {
    return await jobs.cancel(id)
  }
})

const follow = operation({
  name: 'job.events',
  summary: 'What a job tells, from its beginning or behind a cursor',
  description: 'Follows the job to its end, and can be read behind its end as long as the job is kept. The last item is the operation\'s own `end` or `error`; that of a job that was cancelled or interrupted is an `error` with the code `outcome-unknown`. A job keeps its last 10,000 events, 4 MiB at most: what is gone is told as `dropped`.',
  class: 'read',
  method: 'GET',
  path: '/jobs/{id}/events',
  permission: 'self',
  target: 'job',
  input: Type.Object({
    ...JobRef,
    after: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'The `cursor` of the last event that is known: what came behind it is told', 'x-expects': 'the cursor of an event' }))
  }, closed),
  audit: ['id', 'after'],
  output: events(JobStreamEvent),
  example: { id: EXAMPLE },
  async handler ({ id, after }, { jobs }) {
    return await jobs.read(id, after)
  }
})

export const jobOperations = [list, inspect, cancel, follow]
