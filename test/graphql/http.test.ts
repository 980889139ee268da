import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { InjectOptions } from 'fastify'
import { PERSISTED, PersistedDocuments } from '../../src/graphql/persisted.js'
import { boat, start } from './support.js'

const { app, seen, refused, url } = await start(t)

const post = async (payload: unknown, more: InjectOptions = {}) => {
  const response = await app.inject({ method: 'POST', url: '/graphql', headers: { authorization: 'Bearer ann' }, payload: payload as object, ...more })
  return { status: response.statusCode, headers: response.headers, body: response.body, json: response.json() }
}
const ask = (query: string, variables?: object) => post({ query, variables })

t.beforeEach(() => { seen.calls.length = 0; refused.length = 0 })

t.test('a query is the operation, with its types', async t => {
  const { status, json, headers } = await ask(`{ boat(host: "north", id: "b1") {
    host boatId rig launchedAt weightGrams crew length owner captain flags raw berth { pier } masts { height } } }`)
  t.equal(status, 200)
  t.match(headers['content-type'], 'application/json')
  const { id: boatId, ...rest } = boat
  t.same(json, { data: { boat: { ...rest, boatId, rig: 'square_rigged', owner: null } } })
  t.same(seen.calls, [{ name: 'inspect', input: { host: 'north', id: 'b1' }, signal: undefined }])
})

t.test('inputs: enums by value, Longs, nulls left out, maps as they are, one for a list', async t => {
  const { json } = await ask(`mutation ($env: JSON, $none: Int) {
    boatBuild(name: "anna", rig: square_rigged, cargoBytes: 5000000000, env: $env, berth: {pier: "B", place: $none}, masts: [{height: 3, wood: null}], tags: null) { boatId }
  }`, { env: { KEY: null }, none: null })
  t.same(json, { data: { boatBuild: { boatId: 'b9' } } })
  t.strictSame(seen.calls[0]?.input, {
    name: 'anna', rig: 'square-rigged', cargoBytes: 5_000_000_000, env: { KEY: null }, berth: { pier: 'B' }, masts: [{ height: 3 }], tags: ['new'], options: { colour: 'red' }
  })
  await ask('{ boats(host: "a") { items { id } } }')
  t.same(seen.calls[1]?.input, { host: ['a'], all: false })
})

t.test('nothing is true', async t => {
  t.same((await ask('mutation { boatSink(host: "north", id: "b1") }')).json, { data: { boatSink: true } })
})

t.test('a failure of a field is a problem in its extensions, and the answer 200', async t => {
  const { status, json } = await ask('mutation { a: boatSink(host: "north", id: "sunk") b: boatSink(host: "north", id: "b1") }')
  t.equal(status, 200)
  t.match(json, {
    data: { a: null, b: true },
    errors: [{
      message: 'it is on the ground already',
      path: ['a'],
      locations: [{ line: 1, column: 12 }],
      extensions: { type: 'about:blank', code: 'conflict', status: 409, title: /./, detail: 'it is on the ground already', requestId: /./ }
    }]
  })
})

t.test('a fault of the input is the same as elsewhere, with pointers', async t => {
  const { status, json } = await ask('mutation { boatBuild(name: "ANNA") { boatId } }')
  t.equal(status, 200)
  t.match(json.errors[0].extensions, { code: 'invalid-input', status: 400, errors: [{ path: '/name', message: 'must be lower-case letters' }] })
})

t.test('nothing leaks of what went wrong inside', async t => {
  const { body, json } = await ask('mutation { boatSink(host: "north", id: "broken") }')
  t.match(json.errors[0].extensions, { code: 'internal', status: 500 })
  t.notMatch(body, 'hunter2')
  t.notMatch(body, 'stack')
})

t.test('what only the inspect tells, on rows: one call for the row, eight rows at a time', async t => {
  const { json } = await ask('{ boats { items { boatId crew berth { pier } rig } } }')
  t.equal(json.data.boats.items.length, 20)
  t.same(json.data.boats.items[19], { boatId: 'b19', crew: 4, berth: { pier: 'A' }, rig: 'square_rigged' })
  t.equal(seen.calls.length, 21)
  t.equal(seen.most, 8)
})

t.test('fifty rows of a document, under whatever aliases', async t => {
  const { status, json } = await ask('{ boats(all: true) { items { boatId a: crew b: length c: crew } } }')
  t.equal(status, 200)
  const items = json.data.boats.items as Array<{ boatId: string, a: number | null, b: number | null }>
  t.equal(items.length, 120, 'a list is whole, whatever becomes of its rows')
  t.equal(items.filter(({ a, b }) => a !== null && b !== null).length, 50)
  t.same(items[0], { boatId: 'b0', a: 4, b: 12.5, c: 4 })
  t.same(items[50], { boatId: 'b50', a: null, b: null, c: null })
  t.equal(seen.calls.length, 51)
  t.equal(json.errors.length, 70, 'each other row has one error, at the first of its fields')
  t.match(json.errors[0], { path: ['boats', 'items', 50, 'a'], extensions: { code: 'too-large', status: 413, detail: /boat.inspect is one call per row.* 50 rows/ } })
  t.match((await ask('{ boats { items { crew } } }')).json.errors, undefined, 'the next document has fifty of its own')
})

t.test('nothing more is asked for a caller that has left', async t => {
  seen.pauseMs = 100
  t.teardown(() => { seen.pauseMs = undefined })
  const leaving = new AbortController()
  const asked = fetch(`http://${url}/graphql`, {
    method: 'POST',
    headers: { authorization: 'Bearer ann', 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ boats(all: true) { items { crew } } }' }),
    signal: leaving.signal
  })
  while (seen.calls.length < 5) await sleep(1)
  leaving.abort()
  await t.rejects(asked)
  await sleep(50)
  const asLeft = seen.calls.length
  t.ok(asLeft < 51, `${asLeft} calls when the caller left`)
  await sleep(300)
  t.equal(seen.calls.length, asLeft)
})

t.test('a document that does not parse or fit is 400 with locations, and calls nothing', async t => {
  const faults = {
    'does not parse': { query: '{ boat(' },
    'unknown field': { query: '{ nothing }' },
    'wrong type': { query: '{ boat(host: 5, id: "x") { id } }' },
    'missing argument': { query: '{ boat(host: "x") { id } }' },
    'wrong variable': { query: 'query ($id: String!) { boat(host: "x", id: $id) { id } }', variables: { id: 5 } },
    'not safe': { query: 'mutation { boatBuild(name: "a", cargoBytes: 9007199254740993) { boatId } }' },
    'not an enum': { query: 'mutation { boatBuild(name: "a", rig: raft) { boatId } }' }
  }
  for (const [what, payload] of Object.entries(faults)) {
    const { status, json } = await post(payload)
    t.equal(status, 400, what)
    t.notOk('data' in json, what)
    t.match(json.errors[0], { locations: [{ line: 1 }], extensions: { code: 'invalid-input', status: 400, requestId: /./ } }, what)
  }
  t.same(seen.calls, [])
  t.equal(refused.length, Object.keys(faults).length)
})

t.test('a body that is no request is 400, too', async t => {
  const json = { authorization: 'Bearer ann', 'content-type': 'application/json' }
  const bodies: Array<[string, InjectOptions]> = [
    ['no query', { payload: { variables: {} } }],
    ['query of another type', { payload: { query: 5 } }],
    ['variables of another type', { payload: { query: '{ __typename }', variables: [] } }],
    ['operationName of another type', { payload: { query: '{ __typename }', operationName: 1 } }],
    ['a batch', { payload: Array.from({ length: 100 }, () => ({ query: '{ __typename }' })) }],
    ['not JSON', { headers: json, payload: '{' }],
    ['empty', { headers: json, payload: '' }],
    ['a form', { headers: { ...json, 'content-type': 'application/x-www-form-urlencoded' }, payload: 'query={__typename}' }],
    ['text', { headers: { ...json, 'content-type': 'text/plain' }, payload: '{"query":"{__typename}"}' }],
    ['bare GraphQL', { headers: { ...json, 'content-type': 'application/graphql' }, payload: '{ __typename }' }],
    ['a document as JSON', { payload: { query: '{"kind":"Document","definitions":[]}' } }],
    ['a subscription', { payload: { query: 'subscription { boatHear(host: "a", id: "b") { __typename } }' } }],
    ['an unknown operation', { payload: { query: 'query A { __typename }', operationName: 'B' } }],
    ['none of several', { payload: { query: 'query A { __typename } query B { __typename }' } }]
  ]
  for (const [what, options] of bodies) {
    const response = await app.inject({ method: 'POST', url: '/graphql', headers: { authorization: 'Bearer ann' }, ...options })
    t.equal(response.statusCode, 400, what)
    t.match(response.json(), { errors: [{ extensions: { code: 'invalid-input' } }] }, what)
  }
  t.same(seen.calls, [])
})

const get = async (fields: Record<string, string>, headers = {}) => {
  const { statusCode, headers: answered, body } = await app.inject({ method: 'GET', url: `/graphql?${new URLSearchParams(fields).toString()}`, headers: { authorization: 'Bearer ann', ...headers } })
  return { status: statusCode, headers: answered, json: JSON.parse(body) }
}

t.test('GET is for queries', async t => {
  const query = 'query A ($id: String!) { boat(host: "north", id: $id) { boatId } } query B { __typename }'
  t.match(await get({ query, variables: '{"id": "b1"}', operationName: 'A' }), { status: 200, json: { data: { boat: { boatId: 'b1' } } }, headers: { 'cache-control': 'no-store' } })
  t.equal(seen.calls.length, 1)
  t.match(await get({ query: 'mutation { boatSink(host: "north", id: "b1") }' }), { status: 405, headers: { allow: 'POST' }, json: { errors: [{ message: /sent by POST/ }] } })
  t.match(await get({ query: 'subscription { boatHear(host: "a", id: "b") { __typename } }' }), { status: 400 })
  for (const fields of [{}, { query }, { query, variables: '{' }, { query, variables: '[]' }] as Array<Record<string, string>>) t.match(await get(fields), { status: 400, json: { errors: [{ extensions: { code: 'invalid-input' } }] } })
  t.equal(seen.calls.length, 1)
  t.equal((await app.inject({ method: 'GET', url: '/graphql?query={__typename}' })).statusCode, 401)
})

t.test('the type of the answer is what was asked for', async t => {
  const accept = (accept: string) => ({ headers: { authorization: 'Bearer ann', 'content-type': 'application/json', accept } })
  for (const query of ['{ __typename }', '{ nothing }', '']) {
    t.match((await post({ query }, accept('application/graphql-response+json,application/json;q=0.9'))).headers['content-type'], /^application\/graphql-response\+json/, query)
    for (const other of ['application/json', '*/*']) t.match((await post({ query }, accept(other))).headers['content-type'], /^application\/json/, query)
  }
})

t.test('a document that was sent once may be asked for by its hash', async t => {
  const query = '{ boat(host: "north", id: "b1") { boatId rig } }'
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
  const persistedQuery = { version: 1, sha256Hash: hashOf(query) }
  const absent = { status: 200, json: { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] } }
  t.match(await post({ extensions: { persistedQuery } }), absent)
  t.equal(refused.length, 0)
  t.match((await post({ query: '{ __typename }', extensions: { persistedQuery } })).status, 400, 'another document')
  t.match(await post({ extensions: { persistedQuery } }), absent, 'is not kept under it')
  t.equal((await post({ query, extensions: { persistedQuery } })).status, 200)
  for (let times = 0; times < 2; times++) t.match(await post({ extensions: { persistedQuery } }), { status: 200, json: { data: { boat: { boatId: 'b1' } } } })
  t.match(await get({ extensions: JSON.stringify({ persistedQuery }) }), { status: 200, json: { data: { boat: { boatId: 'b1' } } } })
  const wrong = '{ nothing }'
  const asked = { query: wrong, extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(wrong) } } }
  t.equal((await post(asked)).status, 400)
  t.match(await post({ ...asked, query: undefined }), absent, 'nor what is none')
  for (const extensions of [5, { persistedQuery: 5 }, { persistedQuery: { version: 2, sha256Hash: persistedQuery.sha256Hash } }, { persistedQuery: { version: 1, sha256Hash: 'x' } }]) t.equal((await post({ extensions })).status, 400)
})

t.test('of documents, those that were asked for last are kept', t => {
  const kept = new PersistedDocuments()
  const document = (nth: number, length: number) => ({ query: String(nth).padEnd(length), hash: String(nth) })
  for (let nth = 0; nth < PERSISTED.documents; nth++) kept.keep(document(nth, 10))
  t.ok(kept.find({ hash: '0' }))
  kept.keep(document(-1, 10))
  t.same([kept.find({ hash: '0' }) === undefined, kept.find({ hash: '1' })], [false, undefined])
  for (let nth = 0; nth < 100; nth++) kept.keep(document(nth, 100_000))
  t.same([kept.find({ hash: '99' }) === undefined, kept.find({ hash: '0' }), kept.find({ hash: '500' })], [false, undefined, undefined])
  t.end()
})

t.test('without a token nothing is shown, introspection neither', async t => {
  const response = await app.inject({ method: 'POST', url: '/graphql', payload: { query: '{ __schema { types { name } } }' } })
  t.equal(response.statusCode, 401)
  t.same(response.json(), { code: 'unauthenticated' })
})
