import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { Failure, failureOf, invalidInput } from '../lib/errors.js'
import { problemOf } from '../lib/problem.js'
import { leftEarly } from '../model/streams.js'

/** Problems of the document itself, found before anything was called. */
export class Refused extends Error {
  constructor (readonly errors: readonly GraphQLError[]) {
    super('the GraphQL document was refused')
  }
}

/** What the audit log and the log are told of a refused document: its text may hold secrets and stays out. */
export const refusal = (): Failure => invalidInput('the GraphQL document does not parse or does not fit the schema')

/** The errors of a document that never ran; undefined where something else went wrong. */
export function documentErrors (error: unknown): readonly GraphQLError[] | undefined {
  if (error instanceof GraphQLError) return [error]
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return undefined
  return error.errors.every(inner => inner instanceof GraphQLError) ? error.errors : undefined
}

/** Told of what is not the caller's doing; the cause goes to the log alone. */
export type OnInternal = (cause: unknown) => void

/** As it leaves the gateway: with the members of the problem under `extensions`, the same as on every other surface. */
export function formatError (error: GraphQLError, requestId: string, onInternal: OnInternal): GraphQLFormattedError {
  const failure = failureIn(error)
  if (failure.code === 'internal' && !leftEarly(failure.cause)) onInternal(failure.cause ?? error)
  const { locations, path } = error
  return { message: failure.detail, locations, path, extensions: { ...problemOf(failure, requestId) } }
}

function failureIn (error: GraphQLError): Failure {
  if (error.originalError instanceof Failure) return error.originalError
  return isCallers(error) ? invalidInput(error.message) : failureOf(error.originalError ?? error)
}

/** Faults of parsing, validation and variables have no path; one of an argument points into the document. */
function isCallers ({ path, originalError }: GraphQLError): boolean {
  const within = originalError instanceof GraphQLError
  return path === undefined ? within || originalError === undefined : within && originalError.nodes !== undefined
}
