import { Failure, conflict, engineError, hostTimeout, hostUnreachable, invalidInput, notFound } from '../errors.js'

/** The connection was not there in time. */
export class ConnectTimeout extends Error {}

/** The engine's own refusal, as a failure: its 400, 404 and 409 keep their status, whatever else it says is a 502. */
export function engineRefusal (status: number, message: string, cause?: unknown): Failure {
  const detail = message.trim() === '' ? `the engine answered ${status} without a word` : message.trim()
  if (status === 400) return invalidInput(detail, [], cause)
  if (status === 404) return notFound(detail, { cause })
  if (status === 409) return conflict(detail, { cause })
  return engineError(detail, { cause })
}

/** Whatever a call to an engine threw, as a failure that names the host and nothing of its address. */
export function engineFailure (host: string, error: unknown): unknown {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return engineError('the engine failed without a word', { cause: error })
  // Node aborts a request with an error of its own; why the signal was aborted is its cause.
  if (error.name === 'TimeoutError' || isTimeout(error.cause)) return hostTimeout(`host ${host} did not answer in time`, { cause: error })
  if (error.name === 'AbortError') return error
  const statusCode = statusIn(error)
  if (statusCode !== undefined) return engineRefusal(statusCode, messageOf((error as { json?: unknown }).json) ?? error.message, error)
  if (error instanceof ConnectTimeout || 'code' in error) return hostUnreachable(`host ${host} cannot be reached: ${reasonOf(error)}`, { cause: error })
  return engineError(`host ${host} answered in a way that could not be read`, { cause: error })
}

/** How a connection fails that never was one: the engine has heard nothing. */
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOENT', 'EACCES', 'ENOTFOUND', 'EHOSTUNREACH'])

/** Whether it is certain that the engine never heard of the call. */
export const isNotReached = (error: unknown): boolean =>
  error instanceof ConnectTimeout || (error instanceof Error && 'code' in error && NO_CONNECTION.has(String(error.code)))

/** Whether the engine has answered with a refusal, as dockerode throws it or we do: it did not do it. */
export const isRefusal = (error: unknown): boolean => statusIn(error) !== undefined || (error instanceof Failure && statusIn(error.cause) !== undefined)

/** What stands before an engine says so where it has not heard from it: nobody knows what that has done. */
const OF_OTHERS: readonly unknown[] = [502, 504]

/** Whether it is certain that the engine did not do it. */
export function isUndone (error: unknown): boolean {
  const cause = error instanceof Failure ? error.cause : error
  return isNotReached(cause) || (isRefusal(error) && !OF_OTHERS.includes(statusIn(cause)))
}

function statusIn (error: unknown): number | undefined {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown }
  return typeof statusCode === 'number' ? statusCode : undefined
}

const isTimeout = (cause: unknown): boolean => cause instanceof Error && cause.name === 'TimeoutError'

/** `message` of the engine's JSON, or its bare text. */
export function messageOf (answer: unknown): string | undefined {
  if (Buffer.isBuffer(answer)) return answer.toString()
  if (typeof answer !== 'object' || answer === null || !('message' in answer)) return undefined
  return typeof answer.message === 'string' ? answer.message : undefined
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at its address',
  ENOENT: 'its socket does not exist',
  EACCES: 'the gateway may not open its socket',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'its name is not known',
  EHOSTUNREACH: 'there is no route to it'
}

function reasonOf (error: Error): string {
  if (error instanceof ConnectTimeout) return 'no connection in time'
  return REASONS[String((error as { code?: unknown }).code)] ?? 'the connection failed'
}
