import { failureOf, type Failure } from '../lib/errors.js'
import type { Decision } from '../authorization/policy.js'
import { leftEarly } from '../model/streams.js'
import { Record } from './audit-record.js'

/** What is wrong with the input or the credential, told to the journal as a refusal. */
export async function turningAway<T> (record: Record, work: () => T | Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    record.turnedAway(failureOf(error))
    throw error
  }
}

/** What policy decided. @throws its refusal, once that is on disk */
export async function obey (decision: Decision, record: Record): Promise<void> {
  record.decided(decision)
  if (decision.effect === 'allow') return
  await record.denied(decision.failure)
  throw decision.failure
}

/** What fails behind policy is the call's end. */
export async function completing<T> (record: Record, work: () => Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    if (leftEarly(error)) record.left()
    else record.completed(failureOf(error) satisfies Failure)
    throw error
  }
}
