import type { Static } from 'typebox'
import { choice } from './choice.js'

export const JobState = choice('JobState', 'How a job stands', {
  running: 'It goes on',
  succeeded: 'It ended well; `result` has what it came to',
  failed: 'It ended with a problem; `error` has it',
  cancelled: 'It was cancelled; what was done by then stays done',
  interrupted: 'The gateway ended while it ran, and what became of it is not known'
})

export type JobState = Static<typeof JobState>
