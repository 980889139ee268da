import { kinds, type Code } from '../lib/errors.js'
import type { AnyOperation } from '../operation/define.js'
import { failuresOf, type MayFail } from '../operation/failures.js'
import { pascal } from '../model/type-names.js'
import { withDescription } from './components.js'
import { sorted, type JsonObject } from './json.js'

const isUsual = ({ code, words }: MayFail): boolean => words === kinds[code].title

/** What goes wrong: each answer that more than one call may have is written once under `components.responses`. */
export class FailureResponses {
  readonly #shared = new Map<string, JsonObject>()

  /** By status, which may stand for several codes. */
  of (operation: AnyOperation): JsonObject {
    return this.#byStatus(failuresOf(operation))
  }

  /** In the usual words. */
  usual (...codes: readonly Code[]): JsonObject {
    return this.#byStatus(codes.map(code => ({ code, words: kinds[code].title })))
  }

  all (): JsonObject {
    return sorted(this.#shared)
  }

  #byStatus (failures: readonly MayFail[]): JsonObject {
    const byStatus = new Map<number, MayFail[]>()
    for (const failure of failures) {
      const { status } = kinds[failure.code]
      byStatus.set(status, [...byStatus.get(status) ?? [], failure])
    }
    return Object.fromEntries([...byStatus].map(([status, some]) => [status, this.#response(some)]))
  }

  #response (failures: readonly MayFail[]): JsonObject {
    const response = responseOf(failures)
    if (!failures.every(isUsual)) return response
    const name = pascal(failures.map(({ code }) => code).join('-or-'))
    this.#shared.set(name, response)
    return { $ref: `#/components/responses/${name}` }
  }
}

/** Its words are those of the schema too: that is where generators take them from. */
function responseOf (failures: readonly MayFail[]): JsonObject {
  const description = failures.map(({ code, words }) => `\`${code}\`: ${words}`).join('; ')
  const headers = headersOf(failures.map(({ code }) => code))
  return { description, ...headers, content: { 'application/problem+json': { schema: withDescription(PROBLEM, { description }) } } }
}

const PROBLEM: JsonObject = { $ref: '#/components/schemas/Problem' }

const RETRY_AFTER: JsonObject = {
  description: 'With `rate-limited`, and with a `conflict` because the first call under the key is under way: how long to wait, in seconds.',
  schema: { type: 'integer' }
}

const UPGRADE: JsonObject = { description: 'What to ask for.', schema: { type: 'string', const: 'websocket' } }

function headersOf (codes: readonly Code[]): JsonObject {
  if (codes.includes('upgrade-required')) return { headers: { Upgrade: UPGRADE } }
  return codes.includes('rate-limited') || codes.includes('conflict') ? { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } } : {}
}

export const sharedHeaders: JsonObject = { RetryAfter: RETRY_AFTER }
