/**
 * Every kind of failure that leaves this program. The kernel and the handlers throw a `Failure`; only the
 * surfaces turn its code into a status. What `detail` says is public; `cause` is for the log alone.
 */

interface Kind { readonly status: number, readonly title: string }

export const kinds = {
  'invalid-input': { status: 400, title: 'The input does not fit the operation' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  'registry-denied': { status: 403, title: 'The registry refused' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed here' },
  'too-slow': { status: 408, title: 'Too slow' },
  conflict: { status: 409, title: 'Not possible in the present state' },
  'outcome-unknown': { status: 409, title: 'It is not known whether the call took effect' },
  'too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  unprocessable: { status: 422, title: 'What was sent cannot be used' },
  'upgrade-required': { status: 426, title: 'This address speaks WebSocket only' },
  'rate-limited': { status: 429, title: 'Too many attempts' },
  internal: { status: 500, title: 'Internal error' },
  'engine-error': { status: 502, title: 'The engine refused' },
  'host-unreachable': { status: 503, title: 'The host cannot be reached' },
  'audit-unavailable': { status: 503, title: 'The journal cannot be written' },
  overloaded: { status: 503, title: 'Overloaded' },
  'host-timeout': { status: 504, title: 'The host did not answer in time' }
} as const satisfies Record<string, Kind>

export type Code = keyof typeof kinds

/** A JSON Pointer. */
export const pointerTo = (...steps: readonly string[]): string => steps.map(step => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** One fault in the input: `path` is a JSON Pointer into the flat input. */
export interface Fault { readonly path: string, readonly message: string }

interface Extras {
  readonly errors?: readonly Fault[]
  readonly cause?: unknown
  /** How long to wait before the next try, in seconds. */
  readonly retryAfterSeconds?: number
  /** The rule that refused, for the audit log alone. */
  readonly rule?: string
}

export class Failure extends Error {
  readonly errors?: readonly Fault[]
  readonly retryAfterSeconds?: number
  readonly rule?: string

  constructor (readonly code: Code, readonly detail: string, extras: Extras = {}) {
    super(detail, { cause: extras.cause })
    this.name = 'Failure'
    this.errors = extras.errors
    this.retryAfterSeconds = extras.retryAfterSeconds
    this.rule = extras.rule
  }

  get status (): number {
    return kinds[this.code].status
  }
}

/** What SQLite says where a store can't be read or written at present: its disk is full, broken or read-only, or another process holds it. */
const STORE_UNAVAILABLE = /^SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|BUSY)/

const isStoreUnavailable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && STORE_UNAVAILABLE.test(error.code)

/** Anything thrown, as a failure. What is not one of ours becomes `internal`, and nothing of its text leaks. */
export function failureOf (error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isStoreUnavailable(error)) return new Failure('overloaded', 'the gateway\'s store cannot be written at present, so the call was refused; the gateway\'s log says why', { cause: error })
  return new Failure('internal', 'something went wrong inside the gateway; its log has the cause under this request id', { cause: error })
}

const failureWith = (code: Code) => (detail: string, extras?: Extras) => new Failure(code, detail, extras)

export const invalidInput = (detail: string, errors: readonly Fault[] = [], cause?: unknown) =>
  new Failure('invalid-input', detail, { errors, cause })
/** For one input field: the pointer is made from its name. */
export const invalidField = (field: string, message: string) =>
  invalidInput(`${field}: ${message}`, [{ path: `/${field}`, message }])
/** The same failure with its faults elsewhere: what is an input here may be a part of one there. */
export function movedFaults (error: unknown, move: (path: string) => string): unknown {
  if (!(error instanceof Failure) || error.errors === undefined) return error
  return invalidInput(error.detail, error.errors.map(({ path, message }) => ({ path: move(path), message })), error)
}
export const unauthenticated = failureWith('unauthenticated')
export const forbidden = failureWith('forbidden')
export const notFound = failureWith('not-found')
export const conflict = failureWith('conflict')
export const rateLimited = (detail: string, retryAfterSeconds: number) =>
  new Failure('rate-limited', detail, { retryAfterSeconds })
export const hostUnreachable = failureWith('host-unreachable')
export const hostTimeout = failureWith('host-timeout')
export const auditUnavailable = failureWith('audit-unavailable')
export const engineError = failureWith('engine-error')

/** The gateway's own words for a missing target: alike for what is absent and what the caller may not see. */
export const noSuch = (kind: string, reference: string, cause?: unknown) =>
  new Failure('not-found', `no such ${kind}: ${reference}`, { cause })
