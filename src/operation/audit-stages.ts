import { failureOf, type Failure } from '../lib/errors.js'
import type { Decision } from '../authorization/policy.js'
import { leftEarly } from '../model/streams.js'
import { AuditRecord } from './audit-record.js'

/** What is wrong with the input or the credential, told to the audit log as a refusal. */
export async function auditRejected<T> (record: AuditRecord, work: () => T | Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    record.rejected(failureOf(error))
    throw error
  }
}

/** What policy decided. @throws its refusal, once that is on disk */
export async function enforce (decision: Decision, record: AuditRecord): Promise<void> {
  record.decided(decision)
  if (decision.effect === 'allow') return
  await record.denied(decision.failure)
  throw decision.failure
}

/** What fails behind policy is the call's end. */
export async function auditFailure<T> (record: AuditRecord, work: () => Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    if (leftEarly(error)) record.left()
    else record.completed(failureOf(error) satisfies Failure)
    throw error
  }
}
