import type { Access } from '../auth/policy.js'
import { Failure, conflict, invalidInput } from '../errors.js'
import { given, type Answer } from '../idempotency/answer.js'
import type { Attempt } from '../idempotency/attempt.js'
import type { Earlier, KeyedCall } from '../idempotency/attempts.js'
import type { Services } from '../services.js'
import type { Call, Target } from './context.js'
import { fitsJob, takesKey, type AnyOperation } from './define.js'
import { reaching } from './reached.js'
import type { Record } from './record.js'
import { completing, obey } from './recorded.js'

/** How soon it is worth while to ask again for the answer of a call that is under way, in seconds. */
const AGAIN_SECONDS = 1
/** Visible ASCII, without what would have to be escaped in a header. */
const KEY = /^[!#-[\]-~]{1,255}$/

/**
 * The call with its key, where it has one that means something: a read changes nothing and is made again.
 * @throws `invalid-input` for a text that is no key, and where the operation takes none
 */
export function keyed (operation: AnyOperation, input: KeyedCall['input'], { idempotencyKey: key, actor, admitted }: Call): KeyedCall | undefined {
  if (key === undefined || operation.class === 'read') return undefined
  if (!takesKey(operation) || actor === null) throw invalidInput(`${operation.name} takes no Idempotency-Key: ${whyNot(operation)}`)
  if (!KEY.test(key)) throw invalidInput('an Idempotency-Key is 1 to 255 visible ASCII characters without quotes and backslashes inside, such as a UUID')
  if (fitsJob(operation) && admitted === undefined) throw invalidInput(`with an Idempotency-Key ${operation.name} has to be a job, which can be given again: send "Prefer: respond-async" as well`)
  return { operation, input, key, actor }
}

function whyNot ({ keyless, permission, upload }: AnyOperation): string {
  if (keyless === true) return 'its answer is a credential or ends one, and nothing of that is kept'
  if (permission === 'public') return 'there is no caller yet whose key it could be'
  return upload === undefined ? 'what it answers is a stream, which is not kept' : 'what is uploaded is not kept, so that nobody could say whether it is the same'
}

/** What was done under the key is done. @throws `conflict` where that was another call, or is under way */
function refuseOther (earlier: Earlier): void {
  if (!earlier.isSame) throw conflict('this Idempotency-Key was used for a call with another operation or other inputs: use a new key for a new call')
  if (earlier.isRunning) throw underWay()
}

const underWay = () => new Failure('conflict', 'the first call with this Idempotency-Key is under way: ask again for its answer', { retryAfterSeconds: AGAIN_SECONDS })

export const outcomeUnknown = () => new Failure('outcome-unknown', 'the first call with this Idempotency-Key has no known end: the gateway or the host was lost within it. It is not made again; look at what is there, and use a new key for a new call')

/** Does the work of a call with a key and keeps what comes of it before anybody is told. */
export async function settling<T> (attempt: Attempt, work: () => Promise<T>): Promise<T> {
  const { result, isReached } = reaching(work)
  let value: T
  try { value = await result } catch (error) {
    await attempt.fail(error, isReached())
    throw error
  }
  await attempt.keep(value)
  return value
}

/** @returns the first call under the key, where it has come to an answer, or where what it made may be found again */
export async function lookUp (key: KeyedCall, { attempts }: Services, record: Record): Promise<Earlier | undefined> {
  return await completing(record, async () => {
    const earlier = await attempts.find(key)
    if (earlier === undefined) return undefined
    record.repeats(earlier.callId)
    refuseOther(earlier)
    if (earlier.answer === undefined && key.operation.again === undefined) throw outcomeUnknown()
    return earlier
  })
}

/** Whoever may not make the call any more does not see its answer either. */
export async function repeat (operation: AnyOperation, input: KeyedCall['input'], answer: Answer, access: Access, record: Record): Promise<unknown> {
  if (answer.target !== undefined) record.concerning(answer.target)
  await obey(access.decide(operation, input, answer.target), record)
  const value = await completing(record, async () => given(answer))
  if (operation.creates !== undefined) record.created(value)
  record.completed(null)
  return value
}

/** Of any number at once under one key, one comes through. */
export async function begin (key: KeyedCall, target: Target | undefined, { attempts, shutdown }: Call & Services, record: Record, earlier?: Earlier): Promise<Attempt> {
  const attempt = await attempts.begin(key, record.id, target, shutdown, earlier)
  if (attempt === undefined) throw underWay()
  return attempt
}
