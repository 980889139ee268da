import t from 'tap'
import { createClient, type Client, type FormattedExecutionResult } from 'graphql-ws'
import WebSocket from 'ws'
import { start } from './support.js'

const { seen, url, refused } = await start(t)

type Message = Record<string, unknown>
type Result = FormattedExecutionResult<Message, unknown>

const until = async (fits: () => boolean, what: string) => {
  for (let waited = 0; waited < 2000; waited += 5) {
    if (fits()) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error(`it did not come to that: ${what}`)
}

const clientOf = (t: Tap.Test, connectionParams: Message | undefined = { authorization: 'Bearer ann' }) => {
  const client = createClient({ url: `ws://${url}/graphql`, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, lazy: true })
  t.teardown(() => client.dispose())
  return client
}

declare namespace Tap { interface Test { teardown (end: () => unknown): unknown } }

const all = async (client: Client, query: string, variables?: Message): Promise<Result[]> => {
  const results: Result[] = []
  for await (const result of client.iterate({ query, variables })) results.push(result)
  return results
}

const refusalOf = async (client: Client, query: string) => await all(client, query).then(() => undefined, (errors: unknown) => errors)

/** A bare socket, for what a proper client would not do. */
const bare = async (headers: Record<string, string> = {}, protocol = 'graphql-transport-ws') => {
  const socket = new WebSocket(`ws://${url}/graphql`, protocol, { headers })
  const messages: Message[] = []
  const closed = new Promise<[number, string]>(resolve => socket.once('close', (code, reason) => resolve([code, reason.toString()])))
  socket.on('message', data => messages.push(JSON.parse(String(data)) as Message))
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('open', resolve))
  return { socket, messages, closed, send: (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)) }
}

/** A bare socket on which somebody signed in. */
const signedIn = async () => {
  const connection = await bare({ authorization: 'Bearer ann' })
  connection.send({ type: 'connection_init' })
  await until(() => connection.messages[0]?.type === 'connection_ack', 'ack')
  return connection
}

const HEAR = 'subscription ($id: String!, $follow: Boolean) { boatHear(host: "north", id: $id, follow: $follow) { __typename ... on StreamEvent { type } ... on SoundEvent { text } ... on ErrorEvent { problem } } }'

t.beforeEach(() => { seen.calls.length = 0; seen.streams.length = 0; refused.length = 0 })

t.test('a subscription gives its events and completes behind the end', async t => {
  t.same(await all(clientOf(t), HEAR, { id: 'b1' }), [
    { data: { boatHear: { __typename: 'SoundEvent', type: 'sound', text: 'creak' } } },
    { data: { boatHear: { __typename: 'BoatHearEventStill', type: 'still' } } },
    { data: { boatHear: { __typename: 'EndEvent', type: 'end' } } }
  ])
  t.equal(seen.streams[0]?.readableEnded, true, 'read to its end, not cut off')
})

t.test('a stream that fails says so in its last event', async t => {
  const results = await all(clientOf(t), HEAR, { id: 'cut' })
  t.match(results.at(-1), { data: { boatHear: { type: 'error', problem: { code: 'host-unreachable', status: 503, detail: 'the port is gone' } } } })
})

t.test('what is refused before there is a stream is an error', async t => {
  t.match(await all(clientOf(t), HEAR, { id: 'none' }), [{ errors: [{ message: 'no such boat: none', path: ['boatHear'], extensions: { code: 'not-found', status: 404 } }] }])
})

t.test('queries and mutations go over the socket, too', async t => {
  const client = clientOf(t)
  t.match(await all(client, '{ boat(host: "north", id: "b1") { boatId rig } }'), [{ data: { boat: { boatId: 'b1', rig: 'square_rigged' } } }])
  t.match(await all(client, 'mutation { boatSink(host: "north", id: "sunk") }'), [{ data: { boatSink: null }, errors: [{ extensions: { code: 'conflict' } }] }])
  t.match(await all(client, 'mutation { boatSink(host: "north", id: "broken") }'), [{ errors: [{ message: /^(?!.*hunter2)/, extensions: { code: 'internal' } }] }])
})

t.test('complete lets go of the stream, before its first event', async () => {
  const { send, messages } = await signedIn()
  send({ type: 'subscribe', id: '1', payload: { query: HEAR, variables: { id: 'b1', follow: true } } })
  await until(() => seen.streams.length === 1, 'stream')
  send({ type: 'complete', id: '1' })
  await until(() => seen.streams[0]?.destroyed === true, 'destroyed')
  send({ type: 'subscribe', id: '2', payload: { query: HEAR, variables: { id: 'b1' } } })
  await until(() => messages.at(-1)?.type === 'complete', 'the socket lives on')
})

t.test('so does complete between two events, and right behind subscribe', async () => {
  const { send, messages } = await signedIn()
  send({ type: 'subscribe', id: '1', payload: { query: HEAR, variables: { id: 'b1', follow: true } } })
  await until(() => seen.streams.length === 1, 'stream')
  seen.streams[0]?.push({ type: 'sound', text: 'x' })
  await until(() => messages.length === 2, 'an event')
  send({ type: 'complete', id: '1' })
  await until(() => seen.streams[0]?.destroyed === true, 'destroyed')
  send({ type: 'subscribe', id: '2', payload: { query: HEAR, variables: { id: 'b1', follow: true } } })
  send({ type: 'complete', id: '2' })
  await until(() => seen.streams.length === 2 && seen.streams[1]?.destroyed === true, 'destroyed at once')
})

t.test('a socket that drops lets go of its streams, and the call hears of it', async t => {
  const { socket, send } = await signedIn()
  for (const id of ['1', '2']) send({ type: 'subscribe', id, payload: { query: HEAR, variables: { id: 'b1', follow: true } } })
  await until(() => seen.streams.length === 2, 'streams')
  socket.terminate()
  await until(() => seen.streams.every(stream => stream.destroyed), 'destroyed')
  t.ok(seen.calls.every(({ signal }) => signal?.aborted === true))
})

t.test('limits and validation are those of HTTP', async t => {
  const client = clientOf(t)
  const faults: Record<string, RegExp> = {
    'subscription {': /Syntax Error/,
    'subscription { boatHear(host: "a") { __typename } }': /"id"/,
    [`subscription { boatHear(host: "a", id: "b") { ${Array.from({ length: 31 }, (_, at) => `a${at}: __typename`).join(' ')} } }`]: /31 aliases/,
    [`subscription { boatHear(host: "a", id: "b") { ${'... on SoundEvent { x { '.repeat(12)} y ${'} }'.repeat(12)} } }`]: /14 levels deep/,
    [`{ ${Array.from({ length: 21 }, () => '__typename').join(' ')} }`]: /21 fields at the root/,
    [`{ ${'a '.repeat(3000)} }`]: /tokens/
  }
  for (const [query, words] of Object.entries(faults)) {
    t.match(await refusalOf(client, query), [{ message: words, extensions: { code: 'invalid-input', status: 400 } }], query.slice(0, 60))
  }
  t.same(seen.calls, [])
  t.equal(refused.length, Object.keys(faults).length)
})

t.test('nobody signs in: 4401 after three seconds', async t => {
  const begun = performance.now()
  const { closed } = await bare()
  t.same(await closed, [4401, 'unauthenticated'])
  t.ok(performance.now() - begun > 2500 && performance.now() - begun < 3900)
})

t.test('a wrong token, none, or an operation before signing in: 4401', async t => {
  for (const message of [
    { type: 'connection_init', payload: { authorization: 'Bearer eve' } },
    { type: 'connection_init' },
    { type: 'connection_init', payload: { authorization: 5 } },
    { type: 'subscribe', id: '1', payload: { query: '{ __typename }' } }
  ]) {
    const { closed, send } = await bare()
    send(message)
    t.equal((await closed)[0], 4401, JSON.stringify(message))
  }
  t.same(seen.calls, [])
})

t.test('a header that is wrong is refused before there is a socket', async t => {
  const socket = new WebSocket(`ws://${url}/graphql`, 'graphql-transport-ws', { headers: { authorization: 'Bearer eve' } })
  const status = await new Promise(resolve => {
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode))
    socket.once('error', resolve)
  })
  t.equal(status, 401)
})

t.test('what is not the protocol closes the socket and harms nobody', async t => {
  for (const message of ['{', '[]', '{"type":"nonsense"}', { type: 'subscribe', id: 5 }]) {
    const { closed, send } = await bare({ authorization: 'Bearer ann' })
    send(message)
    t.equal((await closed)[0], 4400, JSON.stringify(message))
  }
  const { closed } = await bare({ authorization: 'Bearer ann' }, 'graphql-ws')
  t.equal((await closed)[0], 4406)
})

t.test('one id is one operation, and a socket has a bound', async t => {
  const { closed, send } = await signedIn()
  const subscribe = (id: string) => send({ type: 'subscribe', id, payload: { query: HEAR, variables: { id: 'b1', follow: true } } })
  subscribe('1')
  subscribe('1')
  t.equal((await closed)[0], 4409)

  const crowded = await signedIn()
  for (let at = 0; at < 101; at++) crowded.send({ type: 'subscribe', id: String(at), payload: { query: HEAR, variables: { id: 'b1', follow: true } } })
  await until(() => crowded.messages.length === 2, 'refused')
  t.match(crowded.messages[1], { type: 'error', id: '100', payload: [{ extensions: { code: 'overloaded' } }] })
  crowded.socket.terminate()
  await until(() => seen.streams.every(stream => stream.destroyed), 'destroyed')
})
