import type { Readable } from 'node:stream'
import type { Access, Decision } from '../authorization/policy.js'
import { Failure, conflict, forbidden, invalidInput } from '../lib/errors.js'
import { HashedUpload } from '../idempotency/hashed-upload.js'
import { replay, type CallSubject, type KeptAnswer } from '../idempotency/answer.js'
import type { IdempotentCall } from '../idempotency/idempotent-call.js'
import type { EarlierCall, KeyedCall } from '../idempotency/idempotency-store.js'
import type { Services } from '../model/services.js'
import type { Call } from './context.js'
import { fitsJob, takesKey, type AnyOperation } from './define.js'
import { trackEngineEffect } from '../model/engine-effect.js'
import type { AuditRecord } from './audit-record.js'
import { auditFailure, enforce } from './audit-stages.js'

/** How soon it is worth while to ask again for the answer of a call that is under way, in seconds. */
const AGAIN_SECONDS = 1
/** Visible ASCII, without what would have to be escaped in a header. */
const KEY = /^[!#-[\]-~]{1,255}$/

/** A call under a key, with the whole of its operation. */
export interface KeyedOperation extends KeyedCall { readonly operation: AnyOperation }

/**
 * The call with its key, where it has one that means something: a read changes nothing and is made again.
 * @throws `invalid-input` for a text that is no key, and where the operation takes none
 */
export function idempotencyKeyOf (operation: AnyOperation, input: KeyedCall['input'], { idempotencyKey: key, actor, admitted }: Call): KeyedOperation | undefined {
  if (key === undefined || operation.class === 'read') return undefined
  if (!takesKey(operation) || actor === null) throw invalidInput(`${operation.name} takes no Idempotency-Key: ${whyNot(operation)}`)
  if (!KEY.test(key)) throw invalidInput('an Idempotency-Key is 1 to 255 visible ASCII characters without quotes and backslashes inside, such as a UUID')
  if (fitsJob(operation) && admitted === undefined) throw invalidInput(`with an Idempotency-Key ${operation.name} has to be a job, which can be given again: send "Prefer: respond-async" as well`)
  return { operation, input, key, actor }
}

function whyNot ({ keyless, permission }: AnyOperation): string {
  if (keyless === true) return 'its answer is a credential or ends one, and nothing of that is kept'
  return permission === 'public' ? 'there is no caller yet whose key it could be' : 'what it answers is a stream, which is not kept'
}

/** What was done under the key is done. @throws `conflict` where that was another call, or is under way */
function refuseOther (earlier: EarlierCall): void {
  if (!earlier.isSame) throw usedFor('with another operation or other inputs')
  if (earlier.isRunning) throw underWay()
}

const usedFor = (what: string) => conflict(`this Idempotency-Key was used for a call ${what}: use a new key for a new call`)

const underWay = () => new Failure('conflict', 'the first call with this Idempotency-Key is under way: ask again for its answer', { retryAfterSeconds: AGAIN_SECONDS })

export const outcomeUnknown = () => new Failure('outcome-unknown', 'the first call with this Idempotency-Key has no known end: the gateway or the host was lost within it. It is not made again; look at what is there, and use a new key for a new call')

/** Does the work of a call with a key and keeps what comes of it before anybody is told. */
export async function keepAnswer<T> (idempotentCall: IdempotentCall, work: () => Promise<T>): Promise<T> {
  const { result, extent } = trackEngineEffect(work)
  let value: T
  try { value = await result } catch (error) {
    await idempotentCall.fail(error, extent())
    throw error
  }
  await idempotentCall.keep(value)
  return value
}

/** @returns the first call under the key, where it has come to an answer, or where what it made may be found again */
export async function findEarlier (key: KeyedOperation, { idempotency }: Services, record: AuditRecord): Promise<EarlierCall | undefined> {
  return await auditFailure(record, async () => {
    const earlier = await idempotency.find(key)
    if (earlier === undefined) return undefined
    record.repeats(earlier.callId)
    refuseOther(earlier)
    if (earlier.answer === undefined && key.operation.recover === undefined) throw outcomeUnknown()
    return earlier
  })
}

/** Whoever may not make the call any more, or may not know of what it made, does not see its answer either. */
export async function replayAnswer (operation: AnyOperation, input: KeyedCall['input'], answer: KeptAnswer, { access, upload }: { access: Access, upload: Readable | undefined }, record: AuditRecord): Promise<unknown> {
  if (answer.target !== undefined) record.concerning(answer.target)
  await enforce(access.decide(operation, input, answer.target), record)
  if (answer.created !== undefined && answer.failure === undefined && !access.knows(answer.created)) await enforce(madeForOthers, record)
  const value = await auditFailure(record, async () => {
    if (operation.upload !== undefined) await refuseOtherContent(answer, upload)
    return replay(answer)
  })
  if (operation.creates !== undefined) record.created(value)
  record.completed(null)
  return value
}

/** What is sent again is read, and goes nowhere. @throws `conflict`; what breaks it off */
async function refuseOtherContent ({ content }: KeptAnswer, upload: Readable | undefined): Promise<void> {
  const again = upload === undefined ? undefined : await new HashedUpload(upload).whole()
  if (again !== content) throw usedFor('with another content')
}

const madeForOthers: Decision = { effect: 'deny', rule: 'not-covered', failure: forbidden('you may not see any more what the first call with this Idempotency-Key made: no grant of yours has it') }

/** Of any number at once under one key, one comes through. */
export async function beginIdempotent (key: KeyedCall, about: CallSubject, { idempotency, shutdown }: Call & Services, record: AuditRecord, earlier?: EarlierCall): Promise<IdempotentCall> {
  const idempotentCall = await idempotency.begin(key, record.id, about, shutdown, earlier)
  if (idempotentCall === undefined) throw underWay()
  return idempotentCall
}
