import { Failure, engineError, hostTimeout, hostUnreachable, type Code } from '../../lib/errors.js'
import { withoutEnginePaths } from '../messages/paths.js'
import { engineFault } from '../messages/table.js'

/** The connection was not there in time. */
export class ConnectTimeout extends Error {}

/**
 * The engine's own refusal, as a failure: by its words where they say whose fault it is, else by its status. Its 400,
 * 404 and 409 are kept; its 403 means that what is there is in the way; whatever else it says is a 502.
 */
export function engineRefusal (status: number, message: string, cause?: unknown): Failure {
  const detail = message.trim()
  if (detail === '') return new Failure(codeOf(status), `the engine answered ${status} and did not say why`, { cause })
  const fault = KEPT.has(status) ? undefined : engineFault(detail)
  return new Failure(fault?.code ?? codeOf(status), fault?.words ?? withoutEnginePaths(detail), { cause })
}

/** What these say is so whatever the words are. */
const KEPT = new Set([304, 404])

/** What an engine says where it has no status any more: in a stream, or of what it waited for. */
export const engineSaid = (message: string): Failure => engineRefusal(500, message)

const CODES: Readonly<Record<number, Code>> = { 400: 'invalid-input', 403: 'conflict', 404: 'not-found', 409: 'conflict' }
const codeOf = (status: number): Code => CODES[status] ?? 'engine-error'

/** Whatever a call to an engine threw, as a failure that names the host and nothing of its address. */
export function engineFailure (host: string, error: unknown): unknown {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return engineError('the engine failed and did not say why', { cause: error })
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

/** What a refusal leaves of what was asked for. An engine that failed may do it the next time. */
export function refusedExtent (error: unknown): 'refused' | 'failed' | 'reached' {
  if (!isRefusal(error)) return 'reached'
  const status = statusIn(error) ?? statusIn((error as Failure).cause) ?? 0
  return status >= 500 ? 'failed' : 'refused'
}

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

/** What the engine's JSON says, or its bare text; in what a push begins with, Podman says it as a stream would. */
export function messageOf (answer: unknown): string | undefined {
  if (Buffer.isBuffer(answer)) return answer.toString()
  if (typeof answer !== 'object' || answer === null) return undefined
  const { message, error } = answer as { message?: unknown, error?: unknown }
  return [message, error].find(words => typeof words === 'string')
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
