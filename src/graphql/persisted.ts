import { createHash } from 'node:crypto'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { invalidField } from '../lib/errors.js'
import type { GraphqlRequest } from './request.js'

/** Documents that are kept, and the characters of all together: what was not asked for the longest goes first. */
export const PERSISTED = { documents: 1000, characters: 4 * 1024 * 1024 } as const

/**
 * Documents that clients ask for by their hash alone once they have sent them (Apollo's automatic persisted queries).
 * Whoever knows a hash knew the document. One that is not kept any more is sent again: clients do so by themselves.
 */
export class PersistedDocuments {
  readonly #byHash = new Map<string, string>()
  #characters = 0

  /** The document that is asked for; undefined where its hash is not known. @throws where it has another hash */
  find ({ query, hash }: GraphqlRequest): string | undefined {
    if (hash === undefined) return query
    if (query !== undefined) {
      if (createHash('sha256').update(query).digest('hex') !== hash) throw invalidField('extensions', 'the sha256Hash is not that of the query')
      return query
    }
    const known = this.#byHash.get(hash)
    if (known !== undefined) this.#keep(hash, known)
    return known
  }

  /** Keeps a document that was sent with its hash, once it has turned out to be one. */
  keep ({ query, hash }: GraphqlRequest): void {
    if (query !== undefined && hash !== undefined) this.#keep(hash, query)
  }

  #keep (hash: string, document: string): void {
    this.#drop(hash)
    this.#byHash.set(hash, document)
    this.#characters += document.length
    for (const [oldest] of this.#byHash) {
      if (this.#byHash.size <= PERSISTED.documents && this.#characters <= PERSISTED.characters) break
      this.#drop(oldest)
    }
  }

  #drop (hash: string): void {
    this.#characters -= this.#byHash.get(hash)?.length ?? 0
    this.#byHash.delete(hash)
  }
}

/** In the words that clients wait for. */
export const notPersisted = (): GraphQLFormattedError =>
  new GraphQLError('PersistedQueryNotFound', { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }).toJSON()
