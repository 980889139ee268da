import { kinds, type Code } from '../lib/errors.js'
import { fitsJob, inputPlace, takesKey, type AnyOperation } from './define.js'

/** A kind of failure that a call may come to, with what it means for this operation. */
export interface MayFail { readonly code: Code, readonly words: string }

/** What a call may fail with, in the order of the statuses: derived from what the operation is, and what it says itself. */
export function failuresOf (operation: AnyOperation): MayFail[] {
  const own = operation.failures ?? {}
  const codes = new Set([...derived(operation), ...Object.keys(own) as Code[]])
  return (Object.keys(kinds) as Code[]).filter(code => codes.has(code)).map(code => ({ code, words: own[code] ?? kinds[code].title }))
}

/** The same in one line, for a place that has no other for it. */
export const failureLine = (operation: AnyOperation): string =>
  `Fails with ${failuresOf(operation).map(({ code }) => `\`${code}\`${words(operation.failures?.[code])}`).join(', ')}.`

const words = (own: string | undefined): string => own === undefined ? '' : ` (${own})`

/** What has ids may be called by a beginning that others have as well. */
const WITH_IDS = new Set<unknown>(['container', 'image', 'network'])
const mayMeanSeveral = ({ target, references, input }: AnyOperation): boolean =>
  WITH_IDS.has(target) || references !== undefined || 'before' in input.properties

function * derived (operation: AnyOperation): Generator<Code> {
  const { class: kind, permission, sessionOnly, verifyCredential, input, target, output, upload } = operation
  const isOnHost = 'host' in input.properties
  yield * ['invalid-input', 'rate-limited', 'internal'] as const
  if (permission !== 'public' || verifyCredential !== undefined) yield 'unauthenticated'
  if (permission === undefined || permission === 'admin' || sessionOnly === true) yield 'forbidden'
  if (target !== undefined || isOnHost) yield 'not-found'
  if (isOnHost) yield * ['engine-error', 'host-unreachable', 'host-timeout'] as const
  if (isOnHost && (kind !== 'read' || mayMeanSeveral(operation))) yield 'conflict'
  if (kind !== 'read') yield * ['audit-unavailable', 'overloaded'] as const
  if (inputPlace(operation) === 'body') yield * ['too-slow', 'too-large', 'unsupported-media-type'] as const
  if (upload !== undefined) yield * ['too-slow', 'unsupported-media-type'] as const
  if (upload !== undefined && isOnHost) yield 'unprocessable'
  if ('registryAuth' in input.properties) yield 'registry-denied'
  if (output.shape === 'channel') yield 'upgrade-required'
  if (fitsJob(operation)) yield 'overloaded'
  if (takesKey(operation)) yield * ['conflict', 'outcome-unknown', 'overloaded'] as const
}
