import { Readable } from 'node:stream'
import type { Access } from '../authorization/policy.js'
import type { Scope } from '../authorization/decision.js'
import { failureOf, movedFaults, unauthenticated } from '../lib/errors.js'
import type { IdempotentCall } from '../idempotency/idempotent-call.js'
import type { EarlierCall } from '../idempotency/idempotency-store.js'
import type { Services } from '../model/services.js'
import type { Call, Context } from './context.js'
import { isStream, type AnyOperation, type NestedCall } from './define.js'
import { constantTime } from '../authorization/constant-time.js'
import { withoutHidden } from './hidden.js'
import { isHidden, authorize, type AuthorizationResult } from '../authorization/authorize.js'
import type { VerifiedCredential } from '../model/caller.js'
import { leftEarly } from '../model/streams.js'
import { beginIdempotent, idempotencyKeyOf, findEarlier, outcomeUnknown, replayAnswer, keepAnswer, type KeyedOperation } from './idempotent.js'
import { parse } from './parse.js'
import { AuditRecord } from './audit-record.js'
import { auditFailure, enforce, auditRejected } from './audit-stages.js'
import { redact } from './redact.js'
import { withStreamLease } from './stream-lease.js'

type Input = { [name: string]: unknown }

/** Who may listen to one stream. */
const LISTENERS = 30

interface Admitted { readonly input: Input, readonly context: Context, readonly idempotentCall: IdempotentCall | undefined }

/**
 * The only way to an operation: count → parse → look up the key → ask policy, which has the target looked up → look at a credential in the
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
  const record = new AuditRecord(operation, call, call.journal)
  const done = call.metrics.begin(operation, call.surface)
  try {
    const result = await run(operation, rawInput, call, record)
    done('ok', result instanceof Readable ? result : undefined)
    return result
  } catch (error) {
    const failure = failureOf(error)
    done(leftEarly(error) ? 'client-left' : failure.code)
    throw failure
  }
}

async function run (operation: AnyOperation, rawInput: unknown, call: Call & Services, record: AuditRecord): Promise<unknown> {
  const { input, key } = await auditRejected(record, () => read(operation, rawInput, call))
  record.about(input)
  const access = await auditFailure(record, async () => await call.policy.of(call.actor))
  const scope = access.checkScope(operation, input)
  await enforce(scope, record)
  const earlier = key === undefined ? undefined : await findEarlier(key, call, record)
  if (earlier?.answer !== undefined) return await replayAnswer(operation, input, earlier.answer, { access, upload: call.upload }, record)
  return await handle(operation, await admit(operation, input, { access, scope, call, key, earlier }, record), record)
}

function read (operation: AnyOperation, rawInput: unknown, call: Call & Services): { input: Input, key: KeyedOperation | undefined } {
  call.rates.count(call)
  authenticated(operation, call)
  const input = parse(operation, typeof rawInput === 'function' ? rawInput() : rawInput)
  return { input, key: idempotencyKeyOf(operation, input, call) }
}

interface Asking { readonly access: Access, readonly scope?: Scope, readonly call: Call & Services, readonly key?: KeyedOperation, readonly earlier?: EarlierCall }

async function admit (operation: AnyOperation, input: Input, { access, scope, call, key, earlier }: Asking, record: AuditRecord): Promise<Admitted> {
  const { target, grant, created, input: settled } = await authorized(operation, input, { access, scope, call }, record)
  await authorizeNested(operation, input, { access, call }, record)
  const context: Context = { ...call, hosts: hostsFor(operation, input, access, call), access, target, grant, callId: record.id, created: resource => { record.created(resource) } }
  const verifiedCredential = await verified(operation, input, context, record)
  const idempotentCall = key === undefined ? undefined : await auditFailure(record, async () => await beginIdempotent(key, { target, created }, call, record, earlier))
  await received(operation, record, idempotentCall)
  return { input: settled, context: { ...context, verifiedCredential, ...partOf(idempotentCall, call) }, idempotentCall }
}

/** What is the idempotentCall's own: it goes on when its caller leaves, and a job is under a signal of its own already. */
function partOf (idempotentCall: IdempotentCall | undefined, { admitted, upload }: Call): Partial<Context> {
  if (idempotentCall === undefined) return {}
  const { callId, signal } = idempotentCall
  return { callId, ...(admitted === undefined ? { signal } : {}), ...(upload === undefined ? {} : { upload: idempotentCall.uploading(upload) }) }
}

async function received (operation: AnyOperation, record: AuditRecord, idempotentCall: IdempotentCall | undefined): Promise<void> {
  if (operation.class === 'read') return
  try { await record.received() } catch (error) {
    await idempotentCall?.release()
    throw error
  }
}

/** @returns the call as it is to be made, with its target, once policy has nothing against it */
async function authorized (operation: AnyOperation, input: Input, { access, scope, call }: Asking, record: AuditRecord): Promise<AuthorizationResult> {
  const looked = async () => await auditFailure(record, async () => await authorize(access, operation, input, call, { scope, seen: target => { record.concerning(target) } }))
  const result = await constantTime(looked, ({ decision }) => isHidden(decision))
  await enforce(result.decision, record)
  return result
}

/** Those alone on which the caller may do this: to the handler the others are not there. A call that names its host was let through for that one. */
const hostsFor = (operation: AnyOperation, { host }: Input, access: Access, { hosts }: Services): Services['hosts'] =>
  typeof host === 'string' || operation.permission !== undefined || access.actor?.admin === true ? hosts : hosts.only(host => access.allowsOn(operation, host))

/** Where the call is about another call, that one is looked at as well: whoever may not make it hears so now. */
async function authorizeNested (operation: AnyOperation, input: Input, { access, call }: Asking, record: AuditRecord): Promise<void> {
  if (operation.nestedCall === undefined) return
  const asked = await auditRejected(record, () => readNested(operation.nestedCall?.(input, call)))
  if (asked === undefined) return
  record.on(asked.input)
  await authorized(asked.operation, asked.input, { access, call }, record)
}

function readNested (asked: NestedCall | undefined): { operation: AnyOperation, input: Input } | undefined {
  if (asked === undefined) return undefined
  const { operation, input, pointer } = asked
  try { return { operation, input: parse(operation, input) } } catch (error) { throw movedFaults(error, path => pointer + path) }
}

/** The surfaces have looked already; `invoke()` looks again, so that one that forgets opens nothing. */
function authenticated (operation: AnyOperation, { actor }: Call): void {
  if (actor === null && operation.permission !== 'public') throw unauthenticated('this call needs a token: send "Authorization: Bearer …"')
}

/** Anyone may send a credential that is none: two synced lines for each would be a stranger's to fill the disk with. */
async function verified (operation: AnyOperation, input: Input, context: Context, record: AuditRecord): Promise<VerifiedCredential | undefined> {
  const credential = await auditRejected(record, () => operation.verifyCredential?.(input, context, subject => { record.concerning(subject) }))
  if (credential !== undefined) record.verified(credential)
  return credential
}

async function handle (operation: AnyOperation, { input, context, idempotentCall }: Admitted, record: AuditRecord): Promise<unknown> {
  const done = async (): Promise<unknown> => {
    await context.admitted?.(input, idempotentCall)
    if (idempotentCall?.isResumed === true) return await recovered(operation, input, context)
    return await withStreamLease(operation, input, context, async () => redact(operation, await operation.handler(input, context), context))
  }
  const work = async (): Promise<unknown> => {
    try { return await done() } catch (error) { throw await withoutHidden(error, input, context) }
  }
  // A job is what is kept of itself, and not what it comes to.
  const result = await auditFailure(record, idempotentCall === undefined || context.admitted !== undefined ? work : async () => await keepAnswer(idempotentCall, work))
  if (operation.creates !== undefined) record.created(result)
  if (isStream(operation.output) && result instanceof Readable) {
    // The audit log, the look at its reader's rights, a job and the surface all wait for its end: more than the ten that Node takes for a leak.
    result.setMaxListeners(LISTENERS)
    if (operation.class === 'read') record.started()
    record.completeWith(result)
  } else record.completed(null)
  return result
}

async function recovered ({ recover }: AnyOperation, input: Input, context: Context): Promise<unknown> {
  const result: unknown = await recover?.(input, context)
  if (result === undefined) throw outcomeUnknown()
  return result
}
