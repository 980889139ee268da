import { Failure, type Code, type Fault } from '../lib/errors.js'
import type { Resource } from '../model/resource.js'
import type { Target } from '../model/target.js'

/** What is kept of a failure: all that a surface shows of it. */
interface KeptFailure { readonly code: Code, readonly detail: string, readonly errors?: readonly Fault[], readonly retryAfterSeconds?: number }

/** What a call was about, and what it made: policy is asked about both again. */
export interface CallSubject { readonly target?: Target, readonly created?: Resource }

/** What a call came to, as it is kept: nothing of it is made anew for a repeat. */
export interface KeptAnswer extends CallSubject {
  /** Of a call with an upload: SHA-256 of what was sent. */
  readonly content?: string
  /** Absent where the call failed, and where it answers nothing. */
  readonly value?: unknown
  readonly failure?: KeptFailure
}

/** The engine's own object of a target is not kept, nor what holds for a moment. */
export const keptSubject = ({ target, created }: CallSubject): CallSubject =>
  ({ ...(target === undefined ? {} : { target: { ...target, object: undefined, notReady: undefined } }), ...(created === undefined ? {} : { created }) })

export const keptFailure = ({ code, detail, errors, retryAfterSeconds }: Failure): KeptFailure => ({ code, detail, errors, retryAfterSeconds })

/** Gives the answer again. @throws {Failure} where it was one */
export function replay ({ value, failure }: KeptAnswer): unknown {
  if (failure === undefined) return value
  const { code, detail, errors, retryAfterSeconds } = failure
  throw new Failure(code, detail, { errors, retryAfterSeconds })
}
