import t from 'tap'
import Type from 'typebox'
import { parse } from 'yaml'
import { Components } from '../../src/documents/components.js'
import { openapiDocument } from '../../src/documents/openapi.js'
import { openapiYaml, schemaText } from '../../src/documents/text.js'
import { kinds } from '../../src/errors.js'
import { bytes, channel, events, nothing, operation, value } from '../../src/operation/define.js'
import { registry } from '../../src/operation/registry.js'
import { operations } from '../../src/operations.js'

const Boat = Type.Object({ id: Type.String(), title: Type.String() }, { title: 'Boat', description: 'A boat' })
const Pass = Type.Object({ user: Type.String(), word: Type.String() }, { title: 'Pass', additionalProperties: false })
const ref = { host: Type.String({ description: 'The port' }), id: Type.String({ description: 'The boat', pattern: '^b', 'x-expects': 'a boat' }) }
const made = { summary: 'Do', audit: [], handler: async () => undefined as never }

const document = openapiDocument(registry([
  operation({
    ...made,
    name: 'boat.list',
    class: 'read',
    method: 'GET',
    path: '/hosts/{host}/boats',
    acrossHosts: '/boats',
    input: Type.Object({
      host: Type.Optional(Type.Union([ref.host, Type.Array(ref.host)], { description: 'The ports' })),
      label: Type.Optional(Type.Array(Type.String(), { description: 'Labels' })),
      options: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Options' })),
      limit: Type.Optional(Type.Integer({ default: 10, description: 'How many' })),
      word: Type.Optional(Type.String())
    }),
    secret: ['word'],
    output: value(Type.Array(Boat)),
    example: { host: ['north'], word: 'hunter2' }
  }),
  operation({
    ...made,
    name: 'boat.create',
    class: 'write',
    method: 'POST',
    path: '/hosts/{host}/boats',
    location: '/hosts/{host}/boats/{id}',
    input: Type.Object({ host: ref.host, name: Type.String(), pass: Type.Optional(Pass), count: Type.Integer({ default: 1 }) }),
    secret: ['pass'],
    output: value(Boat),
    example: { host: 'north', name: 'anna', pass: { user: 'ann', word: 'hunter2' }, count: 2 }
  }),
  operation({ ...made, name: 'boat.sink', class: 'write', method: 'DELETE', path: '/hosts/{host}/boats/{id}', input: Type.Object(ref), output: nothing(), fails: { conflict: 'It is at sea' }, example: { host: 'north', id: 'b1' } }),
  operation({ ...made, name: 'boat.hear', class: 'read', method: 'GET', path: '/hosts/{host}/boats/{id}/sounds', plainText: true, input: Type.Object(ref), output: events(Boat), example: { host: 'north', id: 'b1' } }),
  operation({ ...made, name: 'boat.load', class: 'write', method: 'POST', path: '/hosts/{host}/boats/load', upload: 'application/x-tar', input: Type.Object({ host: ref.host, tag: Type.Optional(Type.String()), pass: Type.Optional(Pass) }), secret: ['pass'], output: events(Boat), example: { host: 'north' } }),
  operation({ ...made, name: 'boat.unload', class: 'read', method: 'GET', path: '/hosts/{host}/boats/{id}/cargo', input: Type.Object(ref), output: bytes('application/x-tar'), example: { host: 'north', id: 'b1' } }),
  operation({ ...made, name: 'boat.board', class: 'exec', method: 'GET', path: '/hosts/{host}/boats/{id}/deck', input: Type.Object(ref), output: channel(), example: { host: 'north', id: 'b1' } }),
  operation({ ...made, name: 'session.login', class: 'auth', method: 'POST', path: '/auth/login', permission: 'public', surfaces: ['rest'], input: Type.Object({}), output: value(Boat), example: {} }),
  operation({ ...made, name: 'boat.graph', class: 'read', method: 'GET', path: '/graph-only', surfaces: ['graphql'], input: Type.Object({}), output: value(Boat), example: {} })
]))

/** As a reader of the file sees it. */
const plain = JSON.parse(JSON.stringify(document))
const at = (path: string, method: string) => plain.paths[`/api/v1${path}`][method]
const statuses = (path: string, method: string) => Object.keys(at(path, method).responses).filter(status => status < '400' || status === '426')

t.test('inputs are where REST reads them', async t => {
  const across = at('/boats', 'get')
  t.equal(across.operationId, 'boat.list.acrossHosts')
  t.same(across.parameters.map(({ name, in: place }: Record<string, string>) => `${place} ${name}`), ['query host', 'query label', 'query options', 'query limit', 'header Caisson-Input'], 'a secret is not in the query, but in the header')
  t.match(across.parameters[0], { description: 'The ports', explode: true, schema: { type: 'array' }, example: ['north'] })
  t.match(across.parameters[2], { description: /key=value/, schema: { type: 'array', items: { type: 'string' } } })
  t.match(across.parameters[3], { schema: { default: 10 } })
  t.match(at('/hosts/{host}/boats', 'get').parameters[0], { name: 'host', in: 'path', required: true, description: 'The port', schema: { type: 'string' }, example: 'north' })
  const body = at('/hosts/{host}/boats', 'post').requestBody
  t.same(body.content['application/json'].schema.required, ['name'], 'what has a default is not required')
  t.same(Object.keys(body.content['application/json'].schema.properties), ['name', 'pass', 'count'])
})

t.test('examples show no secret', async t => {
  t.same(at('/hosts/{host}/boats', 'post').requestBody.content['application/json'].example, { name: 'anna', pass: { user: '***', word: '*******' }, count: 2 })
  t.notMatch(JSON.stringify(plain), 'hunter2')
})

t.test('answers follow the shape', async t => {
  t.same(statuses('/boats', 'get'), ['200'])
  t.same(statuses('/hosts/{host}/boats', 'post'), ['201'])
  t.ok(at('/hosts/{host}/boats', 'post').responses[201].headers.Location)
  t.same(statuses('/hosts/{host}/boats/{id}', 'delete'), ['204'])
  t.same(statuses('/hosts/{host}/boats/{id}/sounds', 'get'), ['101', '200', '204'])
  t.same(Object.keys(at('/hosts/{host}/boats/{id}/sounds', 'get').responses[200].content), ['application/x-ndjson', 'text/event-stream', 'text/plain'])
  t.same(statuses('/hosts/{host}/boats/load', 'post'), ['200', '202'], 'it may be a job')
  t.same(Object.keys(at('/hosts/{host}/boats/load', 'post').responses[202].headers), ['Location', 'Preference-Applied'])
  t.same(Object.keys(at('/hosts/{host}/boats/{id}/cargo', 'get').responses[200].content), ['application/x-tar'])
  t.same(statuses('/hosts/{host}/boats/{id}/deck', 'get'), ['101', '426'])
})

t.test('what an operation may fail with follows from what it is, and what it says itself', async t => {
  const failures = (path: string, method: string) => Object.keys(at(path, method).responses).filter(status => status >= '400').join(' ')
  t.equal(failures('/hosts/{host}/boats/{id}', 'delete'), '400 401 403 404 409 429 500 502 503 504 4XX 5XX')
  t.equal(failures('/hosts/{host}/boats', 'post'), '400 401 403 404 408 409 413 415 429 500 502 503 504 4XX 5XX', 'any call may be one too many')
  t.equal(failures('/hosts/{host}/boats/load', 'post'), '400 401 403 404 408 409 415 422 429 500 502 503 504 4XX 5XX')
  t.equal(failures('/auth/login', 'post'), '400 408 413 415 429 500 503 4XX 5XX')
  const { responses } = at('/hosts/{host}/boats/{id}', 'delete')
  t.same(responses[409], { $ref: '#/components/responses/Problem', description: '`conflict`: It is at sea; `outcome-unknown`: It is not known whether the call took effect' })
  t.equal(responses[503].description, '`host-unreachable`: The host cannot be reached; `audit-unavailable`: The journal cannot be written; `overloaded`: Overloaded')
  t.match(at('/hosts/{host}/boats/{id}/deck', 'get').responses[426], { headers: { Upgrade: {} } })
})

t.test('an upload is the body; the rest is in the query or a header', async t => {
  const load = at('/hosts/{host}/boats/load', 'post')
  t.same(Object.keys(load.requestBody.content), ['application/x-tar'])
  t.same(load.parameters.map(({ name, in: place }: Record<string, string>) => `${place} ${name}`), ['path host', 'query tag', 'header Caisson-Input', 'header Prefer', 'header Idempotency-Key'])
  t.match(load.parameters[2].description, 'only place for `pass`')
})

t.test('titles are components, our own words stay inside, and who may call is said', async t => {
  t.same(Object.keys(plain.components.schemas), ['Boat', 'Fault', 'Job', 'JobState', 'Pass', 'Problem'])
  t.same(plain.components.schemas.Boat.properties.title, { type: 'string' }, 'a property called title is no title')
  t.notMatch(JSON.stringify(plain), /x-(expects|open)/)
  t.same(plain.components.schemas.Problem.properties.code.enum, Object.keys(kinds))
  t.match(at('/boats', 'get'), { tags: ['boat'], 'x-permission': 'boat.list', 'x-class': 'read' })
  t.notOk('security' in at('/boats', 'get'))
  t.same(at('/auth/login', 'post').security, [])
  t.notOk('/api/v1/graph-only' in plain.paths)
  t.ok(['/healthz', '/readyz', '/metrics', '/graphql'].every(path => path in plain.paths))
})

t.test('one title is one schema', async t => {
  const components = new Components()
  components.schema(Boat)
  t.same(components.schema(Type.Object({ id: Type.String(), title: Type.String() }, { title: 'Boat', description: 'Mine' })), { $ref: '#/components/schemas/Boat', description: 'Mine' })
  t.throws(() => components.schema(Type.Object({ other: Type.String() }, { title: 'Boat' })), { message: 'two different schemas are both called Boat' })
})

t.test('every operation is in both documents, and every input is described', async t => {
  const whole = parse(openapiYaml(operations)) as { paths: Record<string, Record<string, { operationId: string, parameters?: Array<{ name: string, description?: string }> }>> }
  const described = Object.values(whole.paths).flatMap(Object.values) as Array<{ operationId: string, parameters?: Array<{ name: string, description?: string }> }>
  for (const { name } of operations) t.ok(described.some(({ operationId }) => operationId === name), name)
  for (const { operationId, parameters = [] } of described) {
    t.same(parameters.filter(({ description = '' }) => description === '').map(({ name }) => name), [], operationId)
  }
  t.match(schemaText(operations), /^ {2}containers\(/m)
})
