import type { FastifyRequest } from 'fastify'

/** As Node has it: of a header that comes twice, the values are joined, and then no key any more. */
const HEADER = 'idempotency-key'

/** The key as a text, also where it comes as the draft of the header has it: a quoted string. What is neither is for `invoke()` to refuse. */
export function keyIn ({ headers }: FastifyRequest): string | undefined {
  const text = headers[HEADER]
  return text === undefined ? undefined : String(text).replace(/^"([^"\\]*)"$/, '$1')
}
