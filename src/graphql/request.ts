import type { FastifyRequest } from 'fastify'
import { invalidField, invalidInput } from '../lib/errors.js'

/** What is asked over HTTP (https://graphql.github.io/graphql-over-http). */
export interface GraphqlRequest {
  /** Absent where a hash stands for it. */
  readonly query?: string
  /** SHA-256 of the document, as Apollo's automatic persisted queries have it. */
  readonly hash?: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
}

type Fields = Readonly<Record<string, unknown>>

/** What a POST has in its body. */
export function requestOfBody ({ body }: FastifyRequest): GraphqlRequest {
  if (!isObject(body)) {
    throw invalidInput('the body must be one JSON object with a query; batches are not taken', [{ path: '', message: 'must be an object' }])
  }
  return requestOf(body)
}

/** What a GET has in its query: objects are JSON there. */
export function requestOfQuery ({ query }: FastifyRequest): GraphqlRequest {
  const fields = query as Fields
  return requestOf({ ...fields, variables: parsed('variables', fields), extensions: parsed('extensions', fields) })
}

function parsed (name: string, { [name]: text }: Fields): unknown {
  if (typeof text !== 'string' || text === '') return undefined
  try { return JSON.parse(text) } catch { throw invalidField(name, 'must be JSON') }
}

function requestOf ({ query, variables, operationName, extensions }: Fields): GraphqlRequest {
  const hash = hashIn(extensions)
  if (!(isAbsent(query) && hash !== undefined) && (typeof query !== 'string' || query === '')) throw invalidField('query', 'must be a GraphQL document')
  if (!isAbsent(variables) && !isObject(variables)) throw invalidField('variables', 'must be an object')
  if (!isAbsent(operationName) && typeof operationName !== 'string') throw invalidField('operationName', 'must be a string')
  return { query: query ?? undefined, hash, variables: variables ?? undefined, operationName: operationName ?? undefined }
}

function hashIn (extensions: unknown): string | undefined {
  if (isAbsent(extensions)) return undefined
  if (!isObject(extensions)) throw invalidField('extensions', 'must be an object')
  const { persistedQuery } = extensions
  if (isAbsent(persistedQuery)) return undefined
  const { version, sha256Hash } = isObject(persistedQuery) ? persistedQuery : {}
  if (version !== 1 || typeof sha256Hash !== 'string' || !/^[0-9a-f]{64}$/.test(sha256Hash)) throw invalidField('extensions', 'must have as persistedQuery the version 1 and the sha256Hash of the document in hexadecimal')
  return sha256Hash
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined
