import t from 'tap'
import Type from 'typebox'
import { page, PageInputs } from '../../src/auth/pages.js'
import { Components } from '../../src/documents/components.js'
import { openapiDocument } from '../../src/documents/openapi.js'
import { kinds } from '../../src/lib/errors.js'
import { INCLUDES } from '../../src/model/choice.js'
import { bytes, channel, events, nothing, operation, value } from '../../src/operation/define.js'
import { registry } from '../../src/operation/registry.js'
import { NO_AUTHORIZATION } from '../support/no-authorization.js'

const Boat = Type.Object({ id: Type.String(), title: Type.String() }, { title: 'Boat', description: 'A boat' })
const Pass = Type.Object({ user: Type.String(), word: Type.String() }, { title: 'Pass', additionalProperties: false })
const ref = { host: Type.String({ description: 'The port' }), id: Type.String({ description: 'The boat', pattern: '^b', 'x-expects': 'a boat' }) }
const made = { ...NO_AUTHORIZATION, summary: 'Do', audit: [], handler: async () => undefined as never }

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
  operation({ ...made, name: 'boat.sink', class: 'write', method: 'DELETE', path: '/hosts/{host}/boats/{id}', input: Type.Object(ref), output: nothing(), failures: { conflict: 'It is at sea' }, example: { host: 'north', id: 'b1' } }),
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
const parametersOf = ({ parameters }: { parameters: Array<Record<string, string>> }) =>
  parameters.map(each => each.$ref === undefined ? each : plain.components.parameters[each.$ref.split('/').at(-1) ?? ''] as Record<string, string>)
const statuses = (path: string, method: string) => Object.keys(at(path, method).responses).filter(status => status < '400' || status === '426')

t.test('inputs are where REST reads them', async t => {
  const across = at('/boats', 'get')
  t.equal(across.operationId, 'boat.list.acrossHosts')
  t.same(parametersOf(across).map(({ name, in: place }) => `${place} ${name}`), ['query host', 'query label', 'query options', 'query limit', 'header Caisson-Input'], 'a secret is not in the query, but in the header')
  t.match(parametersOf(across)[0], { description: 'The ports', explode: true, schema: { type: 'array' }, example: ['north'] })
  t.match(parametersOf(across)[2], { description: /key=value/, schema: { type: 'array', items: { type: 'string' } } })
  t.match(parametersOf(across)[3], { schema: { default: 10 } })
  t.match(parametersOf(at('/hosts/{host}/boats', 'get'))[0], { name: 'host', in: 'path', required: true, description: 'The port', schema: { type: 'string' }, example: 'north' })
  t.same(at('/hosts/{host}/boats', 'post').requestBody.content['application/json'].schema, { $ref: '#/components/schemas/BoatCreateInput' }, 'a body has a name')
  const body = plain.components.schemas.BoatCreateInput
  t.same(body.required, ['name'], 'what has a default is not required')
  t.same(Object.keys(body.properties), ['name', 'pass', 'count'])
  t.same(body.properties.count, { allOf: [{ type: 'integer', default: 1 }] }, 'and openapi-typescript does not see it')
  t.same(plain.components.parameters.HostPath, { name: 'host', in: 'path', required: true, description: 'The port', schema: { type: 'string' }, example: 'north' })
  t.same(at('/hosts/{host}/boats/{id}', 'delete').parameters[0], { $ref: '#/components/parameters/HostPath' }, 'what many have is told once')
})

t.test('what an input includes of another is told once', async t => {
  const whole = Type.Object({ name: Type.String(), size: Type.Optional(Type.Integer()) }, { title: 'BoatSpec' })
  const input = Type.Object({ host: ref.host, ...whole.properties, fast: Type.Boolean() }, { additionalProperties: false, [INCLUDES]: whole })
  const { paths, components } = JSON.parse(JSON.stringify(openapiDocument(registry([
    operation({ ...made, name: 'boat.race', class: 'write', method: 'POST', path: '/hosts/{host}/race', input, output: nothing(), example: { host: 'north', name: 'anna', fast: true } })
  ]))))
  t.equal(paths['/api/v1/hosts/{host}/race'].post.requestBody.required, true)
  t.same(components.schemas.BoatRaceInput, {
    allOf: [{ $ref: '#/components/schemas/BoatSpec' }, { type: 'object', required: ['fast'], properties: { fast: { type: 'boolean' } } }],
    unevaluatedProperties: false,
    description: 'What `boat.race` takes'
  })
  t.same(components.schemas.BoatSpec, { type: 'object', required: ['name'], properties: { name: { type: 'string' }, size: { type: 'integer' } } })
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
  t.equal(failures('/hosts/{host}/boats/{id}', 'delete'), '400 401 403 404 409 429 500 502 503 504')
  t.equal(failures('/hosts/{host}/boats', 'post'), '400 401 403 404 408 409 413 415 429 500 502 503 504', 'any call may be one too many')
  t.equal(failures('/hosts/{host}/boats/load', 'post'), '400 401 403 404 408 409 415 422 429 500 502 503 504')
  t.equal(failures('/auth/login', 'post'), '400 408 413 415 429 500 503')
  const { responses } = at('/hosts/{host}/boats/{id}', 'delete')
  const description = '`conflict`: It is at sea; `outcome-unknown`: It is not known whether the call took effect'
  t.match(responses[409], { description, content: { 'application/problem+json': { schema: { description, allOf: [{ $ref: '#/components/schemas/Problem' }] } } } })
  t.same(responses[503], { $ref: '#/components/responses/HostUnreachableOrAuditUnavailableOrOverloaded' }, 'what others answer too is told once')
  t.equal(plain.components.responses.HostUnreachableOrAuditUnavailableOrOverloaded.description, '`host-unreachable`: The host cannot be reached; `audit-unavailable`: The journal cannot be written; `overloaded`: Overloaded')
  t.match(plain.components.responses.UpgradeRequired, { headers: { Upgrade: {} } })
})

t.test('an upload is the body; the rest is in the query or a header', async t => {
  const load = at('/hosts/{host}/boats/load', 'post')
  t.same(Object.keys(load.requestBody.content), ['application/x-tar'])
  t.same(parametersOf(load).map(({ name, in: place }) => `${place} ${name}`), ['path host', 'query tag', 'header Caisson-Input', 'header Prefer', 'header Idempotency-Key'])
  t.match(parametersOf(load)[2]?.description, 'only place for `pass`')
})

t.test('titles are components, our own words stay inside, and who may call is said', async t => {
  t.same(Object.keys(plain.components.schemas), ['Boat', 'BoatCreateInput', 'Fault', 'Job', 'JobState', 'Pass', 'Problem'])
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
  t.same(components.schema(Type.Object({ id: Type.String(), title: Type.String() }, { title: 'Boat', description: 'Mine' })), { description: 'Mine', allOf: [{ $ref: '#/components/schemas/Boat' }] })
  t.throws(() => components.schema(Type.Object({ other: Type.String() }, { title: 'Boat' })), { message: 'two different schemas are both called Boat' })
})

t.test('maps, defaults and pages are told in words that generators know', async t => {
  const components = new Components()
  t.same(components.schema(Type.Record(Type.String(), Type.String())), { type: 'object', additionalProperties: { type: 'string' } })
  t.same(components.schema(Type.Record(Type.String({ pattern: '^a' }), Type.String(), { additionalProperties: false })), { type: 'object', propertyNames: { pattern: '^a' }, additionalProperties: { type: 'string' } })
  t.same(components.schema(Type.Array(Type.String(), { default: ['a'] })), { type: 'array', items: { type: 'string' }, default: ['a'] })

  const { paths } = openapiDocument(registry([
    operation({ ...made, name: 'boat.log', class: 'read', method: 'GET', path: '/log', input: Type.Object(PageInputs), output: value(page('BoatLog', Boat, 'Boats')), example: {} })
  ])) as { paths: Record<string, Record<string, { responses: Record<string, object> }>> }
  t.match(paths['/api/v1/log']?.get?.responses[200], { links: { next: { operationId: 'boat.log', parameters: { cursor: '$response.body#/nextCursor' } } } })
})
