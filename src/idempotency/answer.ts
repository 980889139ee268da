import { Failure, type Code, type Fault } from '../errors.js'
import type { Target } from '../operation/context.js'

/** What is kept of a failure: all that a surface shows of it. */
interface KeptFailure { readonly code: Code, readonly detail: string, readonly errors?: readonly Fault[], readonly retryAfterSeconds?: number }

/** What a call came to, as it is kept: nothing of it is made anew for a repeat. */
export interface Answer {
  /** What the call was about: policy is asked about that again. */
  readonly target?: Target
  /** Absent where the call failed, and where it answers nothing. */
  readonly value?: unknown
  readonly failure?: KeptFailure
}

/** The engine's own object of it is not kept. */
export const keptTarget = (target: Target | undefined): Target | undefined =>
  target === undefined ? undefined : { ...target, object: undefined }

export const keptFailure = ({ code, detail, errors, retryAfterSeconds }: Failure): KeptFailure => ({ code, detail, errors, retryAfterSeconds })

/** Gives the answer again. @throws {Failure} where it was one */
export function given ({ value, failure }: Answer): unknown {
  if (failure === undefined) return value
  const { code, detail, errors, retryAfterSeconds } = failure
  throw new Failure(code, detail, { errors, retryAfterSeconds })
}
