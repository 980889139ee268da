import { Readable } from 'node:stream'
import type { Access } from '../authorization/policy.js'
import { failureOf, movedFaults, unauthenticated } from '../lib/errors.js'
import type { Attempt } from '../idempotency/attempt.js'
import type { Earlier } from '../idempotency/attempts.js'
import type { Services } from '../model/services.js'
import type { Call, Context } from './context.js'
import { isStream, type AnyOperation, type Asked } from './define.js'
import { atBeat } from '../authorization/constant-time.js'
import { withoutHidden } from './hidden.js'
import { isHidden, judge, type Judged } from '../authorization/authorize.js'
import type { Proof } from '../model/caller.js'
import { leftEarly } from '../model/streams.js'
import { begin, keyed, lookUp, outcomeUnknown, repeat, settling, type IdempotentCall } from './idempotent.js'
import { parse } from './parse.js'
import { Record } from './audit-record.js'
import { completing, obey, turningAway } from './audit-stages.js'
import { shown } from './redact.js'
import { watched } from './stream-lease.js'

type Input = { [name: string]: unknown }

/** Who may listen to one stream. */
const LISTENERS = 30

interface Admitted { readonly input: Input, readonly context: Context, readonly attempt: Attempt | undefined }

/**
 * The only door to an operation: count → parse → look up the key → ask policy, which has the target looked up → look at a credential in the
 * input → begin under the key → journal `received` → handler → journal `completed`. Every surface passes through it, so
 * that none can skip a check. What was done under the key already is answered without the engine, once policy was asked.
 *
 * `rawInput` may be a function that reads it: what can't be read is then refused, and recorded, like what does not fit.
 *
 * Settles with the value, or with the stream once the engine has said yes. Whoever is given a stream owns it and
 * destroys it; the record closes with it.
 * @throws {Failure} always, whatever went wrong
 */
export async function invoke (operation: AnyOperation, rawInput: unknown, call: Call & Services): Promise<unknown> {
  const record = new Record(operation, call, call.journal)
  const done = call.metrics.begin(operation, call.surface)
  try {
    const result = await enter(operation, rawInput, call, record)
    done('ok', result instanceof Readable ? result : undefined)
    return result
  } catch (error) {
    const failure = failureOf(error)
    done(leftEarly(error) ? 'client-left' : failure.code)
    throw failure
  }
}

async function enter (operation: AnyOperation, rawInput: unknown, call: Call & Services, record: Record): Promise<unknown> {
  const { input, key } = await turningAway(record, () => read(operation, rawInput, call))
  record.about(input)
  const access = await completing(record, async () => await call.policy.of(call.actor))
  await obey(access.reach(operation, input), record)
  const earlier = key === undefined ? undefined : await lookUp(key, call, record)
  if (earlier?.answer !== undefined) return await repeat(operation, input, earlier.answer, { access, upload: call.upload }, record)
  return await handle(operation, await admit(operation, input, { access, call, key, earlier }, record), record)
}

function read (operation: AnyOperation, rawInput: unknown, call: Call & Services): { input: Input, key: IdempotentCall | undefined } {
  call.rates.count(call)
  authenticated(operation, call)
  const input = parse(operation, typeof rawInput === 'function' ? rawInput() : rawInput)
  return { input, key: keyed(operation, input, call) }
}

interface Asking { readonly access: Access, readonly call: Call & Services, readonly key?: IdempotentCall, readonly earlier?: Earlier }

async function admit (operation: AnyOperation, input: Input, { access, call, key, earlier }: Asking, record: Record): Promise<Admitted> {
  const { target, grant, made, input: settled } = await allowed(operation, input, { access, call }, record)
  await allowedToAsk(operation, input, { access, call }, record)
  const context: Context = { ...call, hosts: hostsFor(operation, access, call), access, target, grant, callId: record.id, made: thing => { record.created(thing) } }
  const proof = await proven(operation, input, context, record)
  const attempt = key === undefined ? undefined : await completing(record, async () => await begin(key, { target, made }, call, record, earlier))
  await received(operation, record, attempt)
  return { input: settled, context: { ...context, proof, ...partOf(attempt, call) }, attempt }
}

/** What is the attempt's own: it goes on when its caller leaves, and a job is under a signal of its own already. */
function partOf (attempt: Attempt | undefined, { admitted, upload }: Call): Partial<Context> {
  if (attempt === undefined) return {}
  const { callId, signal } = attempt
  return { callId, ...(admitted === undefined ? { signal } : {}), ...(upload === undefined ? {} : { upload: attempt.uploading(upload) }) }
}

async function received (operation: AnyOperation, record: Record, attempt: Attempt | undefined): Promise<void> {
  if (operation.class === 'read') return
  try { await record.received() } catch (error) {
    await attempt?.release()
    throw error
  }
}

/** @returns the call as it is to be made, with its target, once policy has nothing against it */
async function allowed (operation: AnyOperation, input: Input, { access, call }: Asking, record: Record): Promise<Judged> {
  const looked = async () => await completing(record, async () => await judge(access, operation, input, call, target => { record.concerning(target) }))
  const judged = await atBeat(looked, ({ decision }) => isHidden(decision))
  await obey(judged.decision, record)
  return judged
}

/** Those alone on which the caller may do this: to the handler the others are not there. */
const hostsFor = (operation: AnyOperation, access: Access, { hosts }: Services): Services['hosts'] =>
  operation.permission !== undefined || access.actor?.admin === true ? hosts : hosts.only(host => access.allowsOn(operation, host))

/** Where the call is about another call, that one is looked at as well: whoever may not make it hears so now. */
async function allowedToAsk (operation: AnyOperation, input: Input, { access, call }: Asking, record: Record): Promise<void> {
  if (operation.asks === undefined) return
  const asked = await turningAway(record, () => readAsked(operation.asks?.(input, call)))
  if (asked === undefined) return
  record.on(asked.input)
  await allowed(asked.operation, asked.input, { access, call }, record)
}

function readAsked (asked: Asked | undefined): { operation: AnyOperation, input: Input } | undefined {
  if (asked === undefined) return undefined
  const { operation, input, pointer } = asked
  try { return { operation, input: parse(operation, input) } } catch (error) { throw movedFaults(error, path => pointer + path) }
}

/** The surfaces have looked already; the door looks again, so that one that forgets opens nothing. */
function authenticated (operation: AnyOperation, { actor }: Call): void {
  if (actor === null && operation.permission !== 'public') throw unauthenticated('this call needs a token: send "Authorization: Bearer …"')
}

/** Anyone may send a credential that is none: two synced lines for each would be a stranger's to fill the disk with. */
async function proven (operation: AnyOperation, input: Input, context: Context, record: Record): Promise<Proof | undefined> {
  const proof = await turningAway(record, () => operation.prove?.(input, context, subject => { record.concerning(subject) }))
  if (proof !== undefined) record.proved(proof)
  return proof
}

async function handle (operation: AnyOperation, { input, context, attempt }: Admitted, record: Record): Promise<unknown> {
  const done = async (): Promise<unknown> => {
    await context.admitted?.(input, attempt)
    if (attempt?.isResumed === true) return await resumed(operation, input, context)
    return await watched(operation, input, context, async () => shown(operation, await operation.handler(input, context), context))
  }
  const work = async (): Promise<unknown> => {
    try { return await done() } catch (error) { throw await withoutHidden(error, input, context) }
  }
  // A job is what is kept of itself, and not what it comes to.
  const result = await completing(record, attempt === undefined || context.admitted !== undefined ? work : async () => await settling(attempt, work))
  if (operation.creates !== undefined) record.created(result)
  if (isStream(operation.output) && result instanceof Readable) {
    // The journal, the look at its reader's rights, a job and the surface all wait for its end: more than the ten that Node takes for a leak.
    result.setMaxListeners(LISTENERS)
    if (operation.class === 'read') record.started()
    record.completeWith(result)
  } else record.completed(null)
  return result
}

async function resumed ({ again }: AnyOperation, input: Input, context: Context): Promise<unknown> {
  const result: unknown = await again?.(input, context)
  if (result === undefined) throw outcomeUnknown()
  return result
}
