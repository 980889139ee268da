import { finished, type Readable } from 'node:stream'
import { Failure, failureOf, rateLimited } from '../lib/errors.js'
import type { AnyOperation } from '../operation/define.js'
import { ENDED_BY } from '../operation/events.js'
import type { Callers } from './callers.js'
import type { Access, Policy } from '../authorization/policy.js'
import { rootCredential, type Actor } from '../model/caller.js'
import type { Target } from '../model/target.js'

/** How often who reads an open stream is looked at again: what they lost ends it within five seconds. */
const LOOK_MS = 2000
/** When to try again where too many are open. */
const RETRY_SECONDS = 10

/** The call that a stream came of. */
export interface StreamLease {
  readonly actor: Actor
  readonly operation: AnyOperation
  readonly input: Readonly<Record<string, unknown>>
  readonly target?: Target
  /** What the caller might do when the stream was opened. */
  readonly access: Access
}

/**
 * The streams that are open: how many of whom, and whether they may still be. Tokens are looked at when a call is made;
 * what goes on behind that is looked at here, for every surface alike.
 */
export class StreamRegistry {
  readonly #open = new Map<Readable, StreamLease>()
  readonly #perUser = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor (private readonly looking: { readonly callers: Pick<Callers, 'reauthenticate'>, readonly policy: Pick<Policy, 'of'> }, private readonly perUser: number) {}

  /** How many one user has open. */
  openTo (userId: string): number { return this.#perUser.get(userId) ?? 0 }

  /** Makes room for one more; what it returns gives it back. @throws `rate-limited` where the user has too many */
  enter ({ id }: Actor): () => void {
    const own = this.#perUser.get(id) ?? 0
    if (own >= this.perUser) throw rateLimited(`you have ${own} streams open, and that is the most: close one first`, RETRY_SECONDS)
    this.#perUser.set(id, own + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const others = (this.#perUser.get(id) ?? 1) - 1
      if (others === 0) this.#perUser.delete(id)
      else this.#perUser.set(id, others)
    }
  }

  /** Ends the stream when its reader's session or rights have ended. */
  watch (stream: Readable, call: StreamLease): void {
    this.#open.set(stream, call)
    finished(stream, () => { this.#open.delete(stream) })
    this.#timer ??= setInterval(() => { void this.look() }, LOOK_MS).unref()
  }

  /** One look at everybody who reads; a credential costs one, however many streams it has. */
  async look (): Promise<void> {
    if (this.#open.size === 0) { clearInterval(this.#timer); this.#timer = undefined; return }
    const byCredential = new Map<string, Array<readonly [Readable, StreamLease]>>()
    for (const open of this.#open) {
      const { kind, id } = rootCredential(open[1].actor.credential)
      const others = byCredential.get(`${kind} ${id}`)
      if (others === undefined) byCredential.set(`${kind} ${id}`, [open])
      else others.push(open)
    }
    await Promise.all([...byCredential.values()].map(async streams => { await this.#lookAt(streams) }))
  }

  async #lookAt (streams: ReadonlyArray<readonly [Readable, StreamLease]>): Promise<void> {
    const [, { actor }] = streams[0] as readonly [Readable, StreamLease]
    const now = await this.#accessOf(actor).catch(failureOf)
    for (const [stream, call] of streams) {
      const failure = now instanceof Failure ? sessionOver(now) : withdrawn(now, call)
      if (failure !== undefined) stream.destroy(failure)
    }
  }

  async #accessOf (actor: Actor): Promise<Access> {
    return await this.looking.policy.of(await this.looking.callers.reauthenticate(actor))
  }
}

/**
 * The target is taken as it was when the call began: the store alone is asked. Rows are let through as the rights were
 * then, so that a stream of rows ends with any change of them.
 */
function withdrawn (access: Access, { operation, input, target, access: before }: StreamLease): Failure | undefined {
  const decision = access.decide(operation, input, target)
  const isAsBefore = operation.rowFilter === undefined || access.rowRights(operation) === before.rowRights(operation)
  return decision.effect === 'allow' && isAsBefore ? undefined : new Failure('forbidden', 'the right to this stream was withdrawn', { rule: ENDED_BY.rights })
}

/** What cannot be looked at does not go on either. */
const sessionOver = (failure: Failure): Failure =>
  failure.code === 'unauthenticated' ? new Failure('unauthenticated', failure.detail, { rule: ENDED_BY.session }) : failure

declare module '../model/services.js' {
  interface Services {
    readonly streams: StreamRegistry
  }
}
