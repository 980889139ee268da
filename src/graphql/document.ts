import { GraphQLError, Location, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql'
import { Refused } from './errors.js'
import { LIMITS, limitErrors, tooLarge } from './limits.js'

export const parseOptions = { maxTokens: LIMITS.tokens } as const

/** @throws {Refused} before a text is read that is too long to be kept. */
export function checkSource (source: string): void {
  if (source.length <= LIMITS.characters) return
  throw new Refused([tooLarge(source.length, LIMITS.characters, 'characters')])
}

/** @throws {Refused} before a document is validated that is too large to be. */
export function checkDocument (document: DocumentNode): void {
  // A document that was not parsed here (mercurius takes one as JSON, too) has passed no limit of tokens.
  const errors = document.loc instanceof Location ? limitErrors(document) : [new GraphQLError('the query is not a GraphQL document')]
  if (errors.length > 0) throw new Refused(errors)
}

/**
 * The whole way of a document up to its execution, for WebSockets; over HTTP mercurius goes it, by the same checks.
 * @throws {Refused}
 */
export function readDocument (schema: GraphQLSchema, source: string): DocumentNode {
  checkSource(source)
  const document = parsed(source)
  checkDocument(document)
  const errors = validate(schema, document)
  if (errors.length > 0) throw new Refused(errors)
  return document
}

function parsed (source: string): DocumentNode {
  try { return parse(source, parseOptions) } catch (error) {
    throw error instanceof GraphQLError ? new Refused([error]) : error
  }
}
