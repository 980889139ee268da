import { setTimeout as sleep } from 'node:timers/promises'
import { ApolloClient, HttpLink, InMemoryCache, gql, type TypedDocumentNode } from '@apollo/client/core'
import { Client, fetchExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import t from 'tap'
import { image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const { url, admin } = await startGateway(t)
const uri = `${url}/graphql`
const NAME = `cached-${process.pid}`

t.teardown(async () => { await admin.delete(`/hosts/local/containers/${NAME}?force=true`) })
const { body: { id: containerId } } = await admin.post('/hosts/local/containers/run', { image, name: NAME, command: ['sleep', '600'] })

interface Row { readonly __typename: string, readonly id: string, readonly name: string, readonly state: string }
interface Whole { readonly __typename: string, readonly id: string, readonly containerId: string, readonly state: string, readonly env: unknown }

const LIST: TypedDocumentNode<{ containers: { items: Row[] } }, { name: string }> = gql`query List ($name: [String!]) {
  containers(host: "local", all: true, name: $name) { items { id name state } errors { code } } }`
const INSPECT: TypedDocumentNode<{ container: Whole }, { name: string }> = gql`query Inspect ($name: String!) { container(host: "local", id: $name) { id containerId state env } }`
const AGAIN: TypedDocumentNode<{ node: Row }, { id: string }> = gql`query Again ($id: ID!) { node(id: $id) { __typename id ... on Container { name state } } }`
const variables = { name: NAME }

/** What a cache keeps of containers: each under its own key. */
const isContainer = (key: string) => key.startsWith('Container:')

t.test('Apollo\'s InMemoryCache keeps one container, whoever told of it', async t => {
  await admin.post(`/hosts/local/containers/${NAME}/unpause`)
  const cache = new InMemoryCache()
  const client = new ApolloClient({ cache, link: new HttpLink({ uri, headers: admin.headers }) })
  t.teardown(() => { client.stop() })
  const listed = (await client.query({ query: LIST, variables })).data?.containers.items[0]
  t.match(listed, { name: NAME, state: 'running' })
  const states: string[] = []
  const watched = client.watchQuery({ query: LIST, variables, fetchPolicy: 'cache-only' }).subscribe(({ data }) => { states.push(String(data?.containers?.items?.[0]?.state)) })
  t.teardown(() => { watched.unsubscribe() })

  await admin.post(`/hosts/local/containers/${NAME}/pause`)
  const whole = (await client.query({ query: INSPECT, variables })).data?.container
  t.match(whole, { id: listed?.id, containerId, state: 'paused' })
  const kept = Object.entries(cache.extract()).filter(([key]) => isContainer(key))
  t.match(kept, [[`Container:${listed?.id ?? ''}`, { name: NAME, containerId, state: 'paused' }]])
  t.equal(kept.length, 1)
  for (let waited = 0; waited < 5000 && states.at(-1) !== 'paused'; waited += 20) await sleep(20)
  t.equal(states.at(-1), 'paused', 'who watches the list has heard of it')
  t.match(client.readQuery({ query: LIST, variables })?.containers.items, [{ name: NAME, state: 'paused' }])

  const again = await client.query({ query: AGAIN, variables: { id: String(listed?.id) } })
  t.match(again.data?.node, { __typename: 'Container', name: NAME, state: 'paused' })
  t.equal(Object.keys(cache.extract()).filter(isContainer).length, 1)
})

t.test('urql\'s Graphcache keeps one container, whoever told of it', async t => {
  await admin.post(`/hosts/local/containers/${NAME}/unpause`)
  const warned = t.capture(console, 'warn')
  const client = new Client({ url: uri, exchanges: [cacheExchange(), fetchExchange], preferGetMethod: false, fetchOptions: { headers: admin.headers } })
  const listed = (await client.query(LIST, variables).toPromise()).data?.containers.items[0]
  t.match(listed, { name: NAME, state: 'running' })
  await admin.post(`/hosts/local/containers/${NAME}/pause`)
  t.match((await client.query(INSPECT, variables).toPromise()).data?.container, { id: listed?.id, containerId, state: 'paused' })
  const cached = await client.query(LIST, variables, { requestPolicy: 'cache-only' }).toPromise()
  t.match(cached.data?.containers.items, [{ id: listed?.id, name: NAME, state: 'paused' }], 'the list has what the inspect told')
  const again = await client.query(AGAIN, { id: String(listed?.id) }).toPromise()
  t.match(again.data?.node, { __typename: 'Container', id: listed?.id, name: NAME, state: 'paused' })
  // In development it tells of each type without a key that its objects stay where they are: lists are such.
  const keyless = warned().map(({ args }) => /config for `(\w+)`/.exec(String(args[0]))?.[1] ?? String(args[0]))
  t.same(keyless, ['Containers'])
})
