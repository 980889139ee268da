import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Job } from '../jobs/job.js'
import { fitsJob, type AnyOperation } from '../operation/define.js'

/** RFC 7240: a list of preferences, each perhaps with parameters. */
export const wantsJob = (operation: AnyOperation, { headers: { prefer = [] } }: FastifyRequest): boolean =>
  fitsJob(operation) && [prefer].flat().join(',').split(',').some(preference => preference.split(';')[0]?.trim().toLowerCase() === 'respond-async')

/** 202: it is under way, and this is where it is found. */
export async function answerJob (job: Job, reply: FastifyReply): Promise<void> {
  await reply.code(202).headers({ Location: `/api/v1/jobs/${job.id}`, 'Preference-Applied': 'respond-async' }).type('application/json').send(job)
}
