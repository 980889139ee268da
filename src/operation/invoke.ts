import { Readable, finished } from 'node:stream'
import { failureOf, movedFaults, unauthenticated, type Failure } from '../errors.js'
import type { Access, Decision } from '../auth/policy.js'
import type { Services } from '../services.js'
import type { Call, Context, Proof } from './context.js'
import { isStream, type AnyOperation, type Asked } from './define.js'
import { judge, type Judged } from './judge.js'
import { parse } from './parse.js'
import { Record, leftEarly } from './record.js'
import { shown } from './shown.js'

type Input = { [name: string]: unknown }

interface Admitted { readonly input: Input, readonly context: Context }

/**
 * The only door to an operation: parse → ask policy, which has the target looked up → look at a credential in the input →
 * journal `received` → handler → journal `completed`. Every surface passes through it, so that none can skip a check.
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
    const admitted = await admit(operation, rawInput, call, record)
    const result = await handle(operation, admitted, record)
    done(null, result instanceof Readable ? result : undefined)
    return result
  } catch (error) {
    const failure = failureOf(error)
    done(failure)
    throw failure
  }
}

async function admit (operation: AnyOperation, rawInput: unknown, call: Call & Services, record: Record): Promise<Admitted> {
  const input = await turningAway(record, () => { authenticated(operation, call); return parse(operation, typeof rawInput === 'function' ? rawInput() : rawInput) })
  record.about(input)
  const access = await completing(record, async () => await call.policy.of(call.actor))
  const judged = await allowed(operation, input, access, call, record)
  await allowedToAsk(operation, input, access, call, record)
  const context: Context = { ...call, hosts: hostsFor(operation, access, call), access, target: judged.target, made: made => { record.created(made) } }
  const proof = await proven(operation, input, context, record)
  if (operation.class !== 'read') await record.received()
  return { input: judged.input, context: { ...context, proof } }
}

/** @returns the call as it is to be made, with its target, once policy has nothing against it */
async function allowed (operation: AnyOperation, input: Input, access: Access, call: Call & Services, record: Record): Promise<Judged> {
  const judged = await completing(record, async () => await judge(access, operation, input, call, target => { record.concerning(target) }))
  await obey(judged.decision, record)
  return judged
}

/** Where the call is about another call, that one is looked at as well: whoever may not make it hears so now. */
async function allowedToAsk (operation: AnyOperation, input: Input, access: Access, call: Call & Services, record: Record): Promise<void> {
  if (operation.asks === undefined) return
  const asked = await turningAway(record, () => readAsked(operation.asks?.(input, call)))
  if (asked === undefined) return
  record.on(asked.input)
  await allowed(asked.operation, asked.input, access, call, record)
}

/** Those alone on which the caller may do this: to the handler the others are not there. */
const hostsFor = (operation: AnyOperation, access: Access, { hosts }: Services): Services['hosts'] =>
  operation.permission !== undefined || access.actor?.admin === true ? hosts : hosts.only(host => access.allowsOn(operation, host))

function readAsked (asked: Asked | undefined): { operation: AnyOperation, input: Input } | undefined {
  if (asked === undefined) return undefined
  const { operation, input, pointer } = asked
  try { return { operation, input: parse(operation, input) } } catch (error) { throw movedFaults(error, path => pointer + path) }
}

/** The surfaces have looked already; the door looks again, so that one that forgets opens nothing. */
function authenticated (operation: AnyOperation, { actor }: Call): void {
  if (actor === null && operation.permission !== 'public') throw unauthenticated('this call needs a token: send "Authorization: Bearer …"')
}

async function turningAway<T> (record: Record, work: () => T | Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    record.turnedAway(failureOf(error))
    throw error
  }
}

/** Anyone may send a credential that is none: two synced lines for each would be a stranger's to fill the disk with. */
async function proven (operation: AnyOperation, input: Input, context: Context, record: Record): Promise<Proof | undefined> {
  const proof = await turningAway(record, () => operation.prove?.(input, context, subject => { record.concerning(subject) }))
  if (proof !== undefined) record.proved(proof)
  return proof
}

async function obey (decision: Decision, record: Record): Promise<void> {
  record.decided(decision)
  if (decision.effect === 'allow') return
  await record.denied(decision.failure)
  throw decision.failure
}

async function handle (operation: AnyOperation, { input, context }: Admitted, record: Record): Promise<unknown> {
  const result: unknown = await completing(record, async () => {
    await context.admitted?.(input)
    return await watched(operation, input, context, async () => shown(operation, await operation.handler(input, context), context))
  })
  if (operation.creates !== undefined) record.created(result)
  if (isStream(operation.output) && result instanceof Readable) {
    if (operation.class === 'read') record.started()
    record.completeWith(result)
  } else record.completed(null)
  return result
}

/** A stream is one of so many, and lives as long as its reader may read it. A job's is the job's. */
async function watched (operation: AnyOperation, input: Input, { streams, actor, admitted, target }: Context, work: () => Promise<unknown>): Promise<unknown> {
  if (!isStream(operation.output) || actor === null || admitted !== undefined) return await work()
  const leave = streams.enter(actor)
  try {
    const stream = await work()
    if (!(stream instanceof Readable)) throw new Error(`${operation.name} gave back no stream`)
    finished(stream, leave)
    streams.watch(stream, { actor, operation, input, target })
    return stream
  } catch (error) {
    leave()
    throw error
  }
}

async function completing<T> (record: Record, work: () => Promise<T>): Promise<T> {
  try { return await work() } catch (error) {
    if (leftEarly(error)) record.left()
    else record.completed(failureOf(error) satisfies Failure)
    throw error
  }
}
