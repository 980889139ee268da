import { finished, type Readable } from 'node:stream'
import { failureOf, type Failure } from '../lib/errors.js'
import { newId } from '../lib/ids.js'
import type { Decision } from '../authorization/policy.js'
import type { JournalEntry, Journal } from '../audit/journal.js'
import type { VerifiedCredential } from '../model/caller.js'
import { isChannel, type Traffic } from '../model/channel.js'
import { leftEarly } from '../model/streams.js'
import type { Subject } from '../model/target.js'
import type { Call } from './context.js'
import type { AnyOperation } from './define.js'

/** How a stream ended, when nothing failed. */
type End = 'complete' | 'client-left' | 'cancelled' | 'shutdown'

/**
 * The audit log's record of one call. A write has `received` on disk before the engine hears of it, and `completed`
 * behind the answer: the beginning may fail the call, the end may not.
 */
export class AuditRecord {
  readonly id = newId()
  readonly #begun = performance.now()
  #actor: JournalEntry['actor']
  #input: JournalEntry['input'] = {}
  #host: string | null = null
  #target: JournalEntry['target'] = null
  #decision: JournalEntry['decision'] = null
  #made?: NonNullable<JournalEntry['target']>
  #repeatOf?: string
  /** Of a channel, once it is open. */
  #traffic?: Readonly<Traffic>

  constructor (private readonly operation: AnyOperation, private readonly call: Call, private readonly journal: Journal) {
    const { actor } = call
    this.#actor = actor === null ? null : { id: actor.id, username: actor.username, credential: `${actor.credential.kind}:${actor.credential.id}` }
  }

  about (input: { readonly [name: string]: unknown }): void {
    const whole = this.operation.audit.map(name => [name, input[name]])
    const parts = Object.entries(this.operation.auditParts?.(input) ?? {})
    this.#input = Object.fromEntries([...whole, ...parts].filter(([, value]) => value !== undefined))
    this.on(input)
  }

  /** On which host. */
  on (input: { readonly [name: string]: unknown }): void {
    if (typeof input.host === 'string') this.#host = input.host
  }

  concerning ({ kind, id, name }: Subject): void {
    this.#target = { kind, id, name: name ?? null }
  }

  /** The input was a credential: who called is whose it is. */
  verified ({ user: { id, username }, credential }: VerifiedCredential): void {
    this.#actor = { id, username, credential }
  }

  /** What the call made, as its result tells it. */
  created (result: unknown): void {
    const { creates: kind } = this.operation
    const { id, name } = result as { id?: unknown, name?: unknown }
    if (kind === undefined || typeof id !== 'string') return
    const made = { kind, id, name: typeof name === 'string' ? name : null }
    // What the call is about stays its target: a commit is found under its container as well.
    if (this.#target === null) this.#target = made
    else if (this.#target.id !== id) this.#made = made
  }

  /** It was made before, under the same key, by the call of that id. */
  repeats (callId: string): void {
    this.#repeatOf = callId
  }

  decided ({ effect, rule }: Pick<Decision, 'effect' | 'rule'>): void {
    this.#decision = { effect, rule }
  }

  /**
   * Settles when it is on disk. @throws `audit-unavailable`; the line may come to the disk all the same, later, and
   * must not leave a call open that was refused
   */
  async received (): Promise<void> {
    try { await this.journal.append(this.#entry('received', null)) } catch (error) {
      this.completed(failureOf(error))
      throw error
    }
  }

  /** A stream that only reads tells the audit log when it begins; its end comes with `completed`. */
  started (): void {
    this.journal.note(this.#entry('started', null))
  }

  completed (failure: Failure | null, end: End = 'complete'): void {
    if (failure?.rule !== undefined) this.decided({ effect: 'deny', rule: failure.rule })
    this.journal.note(this.#entry('completed', { ...this.#outcome(failure, end), end: failure === null ? end : 'error' }))
  }

  /** Nobody waits any more: the caller has left, the job was cancelled, or the gateway ends. */
  left (): void {
    if (this.call.shutdown.aborted) this.completed(null, 'shutdown')
    else this.completed(null, this.call.admitted !== undefined && this.call.signal.aborted ? 'cancelled' : 'client-left')
  }

  /** Refused by policy: one line, on disk before the answer; in floods, one line for many. */
  async denied (failure: Failure): Promise<void> {
    await this.journal.deny(this.#entry('denied', this.#outcome(failure)))
  }

  /** Nobody signed in, a credential that is none, or an input that does not fit. The inputs are not recorded. */
  rejected (failure: Failure): void {
    this.decided({ effect: 'deny', rule: failure.code })
    this.journal.noteRefusal({ ...this.#entry('denied', this.#outcome(failure)), input: {} })
  }

  /** Completes with the stream, however it ends. */
  completeWith (stream: Readable): void {
    if (isChannel(stream)) this.#traffic = stream.traffic
    finished(stream, error => {
      if (this.call.shutdown.aborted) this.completed(null, 'shutdown')
      else if (error == null) this.completed(null)
      else if (leftEarly(error)) this.left()
      else this.completed(failureOf(error))
    })
  }

  #outcome (failure: Failure | null, end?: End) {
    // A write that its caller did not see the end of was not done, nor refused, as far as anybody knows. Who leaves a channel saw it open.
    const isKnown = end === undefined || end === 'complete' || this.operation.class === 'read' || this.#traffic !== undefined
    const code = failure?.code ?? (isKnown ? null : 'outcome-unknown')
    return { code, durationMs: Math.round(performance.now() - this.#begun), ...this.#traffic, ...(this.#made === undefined ? {} : { made: this.#made }), ...(this.#repeatOf === undefined ? {} : { repeatOf: this.#repeatOf }) }
  }

  #entry (stage: JournalEntry['stage'], outcome: JournalEntry['outcome']): JournalEntry {
    const { requestId, surface, client } = this.call
    const { name, class: kind } = this.operation
    return { id: this.id, stage, requestId, surface, actor: this.#actor, client, operation: name, class: kind, host: this.#host, target: this.#target, input: this.#input, decision: this.#decision, outcome }
  }
}
