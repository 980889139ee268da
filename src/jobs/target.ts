import { noSuch } from '../lib/errors.js'
import type { TargetResolver } from '../authorization/target-resolver.js'
import type { Jobs } from './jobs.js'

/** A job, by its id, with whose it is: policy shows it to nobody else. */
export const jobTarget = (jobs: Jobs): TargetResolver => ({
  field: 'id',
  async resolve (reference) {
    const found = await jobs.find(reference)
    if (found === undefined) throw noSuch('job', reference)
    const { job: { id, operation, host }, ownerId } = found
    return { kind: 'job', id, name: operation, host, reference, owner: ownerId }
  }
})
