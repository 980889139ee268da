import { Failure, failureOf } from '../errors.js'
import type { Target } from '../operation/context.js'
import { keptFailure, keptTarget, type Answer } from './answer.js'

/** What an attempt asks of those who keep it. */
interface Keeper {
  keep (answer: Answer): Promise<void>
  remove (): Promise<void>
  /** It is under way no more. */
  leave (): void
}

const OPEN = new Set<Failure['code']>(['host-timeout', 'host-unreachable', 'internal', 'outcome-unknown'])

/**
 * A call under way under a key. It goes on when its caller leaves, who will ask for its answer with the same key; what
 * ends it is the gateway's own end. One of the methods ends it, once.
 */
export class Attempt {
  readonly #controller = new AbortController()
  readonly #stop = () => { this.#controller.abort() }
  /** Settles when it is under way no more. */
  readonly ended: Promise<void>
  #end = () => {}

  /** @param isResumed an earlier call under the key has no known end: this one looks for what that one made */
  constructor (readonly callId: string, readonly isResumed: boolean, private readonly target: Target | undefined, private readonly keeper: Keeper, private readonly shutdown: AbortSignal) {
    this.ended = new Promise(resolve => { this.#end = resolve })
    if (shutdown.aborted) this.#stop()
    else shutdown.addEventListener('abort', this.#stop, { once: true })
  }

  get signal (): AbortSignal { return this.#controller.signal }

  async keep (value: unknown): Promise<void> {
    await this.#ending(async () => { await this.keeper.keep({ target: keptTarget(this.target), value }) })
  }

  /**
   * What the engine answered is the answer. Where it heard nothing the key is free again. Where it may have done what it
   * was asked, nobody says so: the attempt stays without an end.
   */
  async fail (error: unknown, reached: boolean): Promise<void> {
    const failure = failureOf(error)
    if (!reached && !this.isResumed && !isOurs(failure)) return await this.release()
    if (!reached || isOpenEnded(failure)) return await this.leaveOpen()
    await this.#ending(async () => { await this.keeper.keep({ target: keptTarget(this.target), failure: keptFailure(failure) }) })
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
  failure.code === 'internal' && !(failure.cause instanceof Error && failure.cause.name === 'AbortError')
