// Documents are typed by schema.graphql, without a step that writes code: see ../tsconfig.json.
import { createClient, type Client } from 'graphql-ws'
import { initGraphQLTada, type ResultOf, type TadaDocumentNode, type VariablesOf } from 'gql.tada'
import { print } from 'graphql'
import WebSocket from 'ws'
import type { introspection } from '../types/graphql.js'

export const graphql = initGraphQLTada<{ introspection: introspection, scalars: { DateTime: string, Long: number, JSON: unknown } }>()

interface Answer<R> { data?: R | null, errors?: ReadonlyArray<{ message: string, extensions?: { code?: string } }> }

/** Whoever has a token, over HTTP and over a WebSocket. */
export class Gateway {
  private readonly socket: Client

  constructor (private readonly url: string, private readonly token: string) {
    this.socket = createClient({ url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` } })
  }

  /** What a query or a mutation answers; any error in it is thrown. */
  async ask<R, V> (document: TadaDocumentNode<R, V>, variables: V): Promise<R> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: print(document), variables })
    })
    return dataOf(await response.json() as Answer<R>)
  }

  /** What a subscription tells, as it comes. To leave the loop is to leave the subscription. */
  async * follow<D extends TadaDocumentNode<any, any>> (document: D, variables: VariablesOf<D>): AsyncGenerator<ResultOf<D>> {
    for await (const answer of this.socket.iterate<ResultOf<D>>({ query: print(document), variables })) yield dataOf(answer as Answer<ResultOf<D>>)
  }

  async close (): Promise<void> { await this.socket.dispose() }
}

function dataOf<R> ({ data, errors = [] }: Answer<R>): R {
  const [error] = errors
  if (error !== undefined) throw new Error(`${error.extensions?.code ?? 'error'}: ${error.message}`)
  if (data === undefined || data === null) throw new Error('The answer has neither data nor errors.')
  return data
}
