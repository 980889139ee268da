import type { Readable } from 'node:stream'
import { Failure, failureOf } from '../lib/errors.js'
import type { EffectState } from '../model/engine-effect.js'
import { leftEarly } from '../model/streams.js'
import { keptSubject, keptFailure, type CallSubject, type KeptAnswer } from './answer.js'
import { HashedUpload } from './hashed-upload.js'

/** What an idempotent call asks of those who keep it. */
interface Keeper {
  keep (answer: KeptAnswer): Promise<void>
  remove (): Promise<void>
  /** It is under way no more. */
  leave (): void
}

/** `overloaded` is the store's failure here: behind the engine's answer nothing else refuses so. */
const OPEN = new Set<Failure['code']>(['host-timeout', 'host-unreachable', 'internal', 'outcome-unknown', 'overloaded'])

/**
 * A call under way under a key. It goes on when its caller leaves, who will ask for its answer with the same key; what
 * ends it is the gateway's own end. One of the methods ends it, once.
 */
export class IdempotentCall {
  readonly #controller = new AbortController()
  readonly #stop = () => { this.#controller.abort() }
  /** Settles when it is under way no more. */
  readonly ended: Promise<void>
  #end = () => {}
  #upload: HashedUpload | undefined

  /** @param isResumed an earlier call under the key has no known end: this one looks for what that one made */
  constructor (readonly callId: string, readonly isResumed: boolean, private readonly about: CallSubject, private readonly keeper: Keeper, private readonly shutdown: AbortSignal) {
    this.ended = new Promise(resolve => { this.#end = resolve })
    if (shutdown.aborted) this.#stop()
    else shutdown.addEventListener('abort', this.#stop, { once: true })
  }

  get signal (): AbortSignal { return this.#controller.signal }

  /** The call's upload, to be read instead of it. */
  uploading (upload: Readable): Readable {
    this.#upload = new HashedUpload(upload)
    return this.#upload
  }

  /** Whether nothing is left to come of the upload, if there is one: what did not come whole was not done. */
  get hasAll (): boolean { return this.#upload === undefined || this.#upload.digest !== undefined }

  async keep (value: unknown): Promise<void> {
    await this.#ending(async () => { await this.keeper.keep({ ...keptSubject(this.about), content: await this.#upload?.whole(), value }) })
  }

  /**
   * What the engine answered is the answer. Where it heard nothing, failed at the first thing that it was asked, or was
   * not sent all of an upload, the key is free again. Where it may have done what it was asked, nobody says so: the
   * call stays without an end.
   */
  async fail (error: unknown, extent: EffectState): Promise<void> {
    const failure = failureOf(error)
    if (!this.isResumed && this.#isUndone(failure, extent)) return await this.release()
    if (extent === 'nothing' || isOpenEnded(failure)) return await this.leaveOpen()
    await this.#ending(async () => { await this.keeper.keep({ ...keptSubject(this.about), content: this.#upload?.digest, failure: keptFailure(failure) }) })
  }

  #isUndone (failure: Failure, extent: EffectState): boolean {
    if (extent === 'nothing') return !isOurs(failure)
    if (!this.hasAll && !this.shutdown.aborted) return !isOpenEnded(failure) || leftEarly(failure.cause)
    return extent === 'failed'
  }

  /** Nothing was done: the key is as if it had not been used. One that goes on from an earlier call stays without an end. */
  async release (): Promise<void> {
    await this.#ending(async () => { if (!this.isResumed) await this.keeper.remove() })
  }

  /** What becomes of the call is for a later one under the key to find out. */
  async leaveOpen (): Promise<void> {
    await this.#ending(async () => {})
  }

  async #ending (write: () => Promise<void>): Promise<void> {
    try { await write() } finally {
      this.shutdown.removeEventListener('abort', this.#stop)
      this.keeper.leave()
      this.#end()
    }
  }
}

/** Whether it is open behind such a failure what the engine has made of the call. */
export const isOpenEnded = ({ code }: Failure): boolean => OPEN.has(code)

/** What went wrong inside the gateway itself, other than by being ended: nobody knows where. */
const isOurs = (failure: Failure): boolean =>
  failure.code === 'internal' && !leftEarly(failure.cause)
