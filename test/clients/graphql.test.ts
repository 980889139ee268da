import { createHash } from 'node:crypto'
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client/core'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { Client, fetchExchange } from '@urql/core'
import { createClient } from 'graphql-ws'
import t from 'tap'
import WebSocket from 'ws'
import { startGateway } from '../support/gateway.js'

const { url, admin } = await startGateway(t)
const uri = `${url}/graphql`

interface Sent { readonly method: string, readonly address: URL, readonly body: string }

/** Node's own `fetch`, and what went by it. */
function recorder () {
  const sent: Sent[] = []
  return {
    sent,
    fetch: async (input: string | URL | Request, init: RequestInit = {}) => {
      sent.push({ method: init.method ?? 'GET', address: new URL(input instanceof Request ? input.url : input), body: typeof init.body === 'string' ? init.body : '' })
      return await fetch(input, init)
    }
  }
}

const HOSTS = gql`query Hosts { hosts { items { name } } }`
const hosts = { hosts: { items: [{ name: 'local' }, { name: 'other' }] } }

t.test('Apollo Client: results, and the errors of a document that does not fit', async t => {
  for (const useGETForQueries of [false, true]) {
    const { sent, fetch } = recorder()
    const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri, fetch, headers: admin.headers, useGETForQueries }) })
    t.teardown(() => { client.stop() })
    t.match((await client.query({ query: HOSTS })).data, hosts)
    t.equal(sent[0]?.method, useGETForQueries ? 'GET' : 'POST')
    const error: unknown = await client.query({ query: gql`{ hosts { nothing } }` }).catch((error: unknown) => error)
    t.ok(CombinedGraphQLErrors.is(error), 'it is an error of GraphQL\'s, not of HTTP\'s')
    t.match(error, { message: /Cannot query field "nothing"/ })
    const refused: unknown = await client.mutate({ mutation: gql`mutation { containerStop(host: "local", id: "nothing") }` }).catch((error: unknown) => error)
    t.match(refused, { errors: [{ extensions: { code: 'not-found' } }] })
    t.equal(sent.at(-1)?.method, 'POST')
  }
})

t.test('Apollo Client: persisted queries', async t => {
  const { sent, fetch } = recorder()
  const persisted = new PersistedQueryLink({ sha256: text => createHash('sha256').update(text).digest('hex'), useGETForHashedQueries: true })
  const client = new ApolloClient({ cache: new InMemoryCache(), link: persisted.concat(new HttpLink({ uri, fetch, headers: admin.headers })) })
  t.teardown(() => { client.stop() })
  for (let times = 0; times < 2; times++) t.match((await client.query({ query: HOSTS, fetchPolicy: 'network-only' })).data, hosts)
  t.same(sent.map(({ method, address, body }) => [method, (address.search + body).includes('items')]), [['GET', false], ['POST', true], ['GET', false]], 'the document goes once')
})

t.test('urql, as it comes: queries by GET', async t => {
  const { sent, fetch } = recorder()
  const client = new Client({ url: uri, exchanges: [fetchExchange], fetch, preferGetMethod: 'within-url-limit', fetchOptions: { headers: admin.headers } })
  const { data, error } = await client.query('query ($host: String!) { containers(host: [$host]) { errors { code } } }', { host: 'local' }).toPromise()
  t.equal(error, undefined)
  t.same(data, { containers: { errors: [] } })
  t.equal(sent[0]?.method, 'GET')
  t.match(await client.query('{ nothing }', {}).toPromise(), { error: { graphQLErrors: [{ message: /Cannot query field/ }] } })
  t.match(await client.mutation('mutation { containerStop(host: "local", id: "nothing") }', {}).toPromise(), { error: { graphQLErrors: [{ extensions: { code: 'not-found' } }] } })
})

t.test('graphql-ws: connection_init in any case', async t => {
  for (const name of ['authorization', 'Authorization', 'AUTHORIZATION']) {
    const client = createClient({ url: uri.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { [name]: `Bearer ${admin.token}` } })
    const { value } = await client.iterate({ query: '{ hosts { items { name } } }' }).next()
    t.match(value, { data: hosts }, name)
    await client.dispose()
  }
  const client = createClient({ url: uri.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { Authorization: 'Bearer x' } })
  await t.rejects(client.iterate({ query: '{ __typename }' }).next(), { code: 4401 })
})
