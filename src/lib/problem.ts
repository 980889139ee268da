import Type, { type Static } from 'typebox'
import { kinds, type Code, type Failure } from './errors.js'

const codes = Object.entries(kinds).map(([code, { status, title }]) => `- \`${code}\` (${status}): ${title}`).join('\n')

const Fault = Type.Object({
  path: Type.String({ description: 'A JSON Pointer into the flat input' }),
  message: Type.String({ description: 'What is expected there' })
}, { title: 'Fault', description: 'One fault in the input' })

/** RFC 9457, as every surface shows it, with a code for programs to go by. */
export const Problem = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String({ description: 'The kind of problem, in words' }),
  status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status' }),
  // GraphQL has it as a string: errors have the same word in their `extensions`, and there are more codes with time.
  code: Type.Unsafe<Code>({ type: 'string', enum: Object.keys(kinds), 'x-open': true, description: codes }),
  detail: Type.String({ description: 'What went wrong this time' }),
  requestId: Type.String({ description: 'The id of the request, as the journal and the gateway\'s log have it' }),
  errors: Type.Optional(Type.Array(Fault, { description: 'For `invalid-input`: each fault' })),
  retryAfterSeconds: Type.Optional(Type.Integer({ minimum: 0, description: 'Where it may help to try again: when, in seconds; over HTTP it is in `Retry-After` as well' }))
}, { title: 'Problem', description: 'What went wrong (RFC 9457). Programs go by `code`: it is stable, and the words are not.' })
export type Problem = Static<typeof Problem>

export function problemOf (failure: Failure, requestId: string): Problem {
  const { status, title } = kinds[failure.code]
  const { code, detail, errors, retryAfterSeconds } = failure
  return {
    type: 'about:blank',
    title,
    status,
    code,
    detail,
    requestId,
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
  }
}
