import t from 'tap'
import { GraphQLObjectType, printSchema, printType, validateSchema, type GraphQLNamedType } from 'graphql'
import Type, { type TObject, type TSchema } from 'typebox'
import { withoutNulls } from '../../src/graphql/arguments.js'
import { buildSchema } from '../../src/graphql/schema.js'
import { nothing, operation, value, type AnyOperation } from '../../src/operation/define.js'
import { registry } from '../../src/operation/registry.js'
import { madeUp, type Seen } from './support.js'
import { NO_AUTHORIZATION } from '../support/no-authorization.js'

const seen: Seen = { calls: [], streams: [], most: 0, now: 0 }
const schema = buildSchema(registry(madeUp(seen)))

const shown = (name: string) => {
  const type: GraphQLNamedType | undefined = schema.getType(name)
  return type === undefined ? `no ${name}` : printType(type).replaceAll(/ *"""[\s\S]*?"""\n/g, '').replaceAll(/\n\n/g, '\n')
}

const asking = (input: TObject, name: AnyOperation['name'] = 'thing.ask'): AnyOperation => operation({
  ...NO_AUTHORIZATION, name, summary: 'Ask', class: 'write', method: 'POST', path: `/${name}`, input, output: nothing(), audit: [], example: {} as never, async handler () {}
})
const giving = (output: TSchema, name: AnyOperation['name'] = 'thing.get'): AnyOperation => operation({
  name, summary: 'Get', class: 'read', method: 'GET', path: `/${name}`, input: Type.Object({}), output: value(output), audit: [], example: {}, async handler () { return {} }
})
const built = (...operations: AnyOperation[]) => printSchema(buildSchema(registry([giving(Type.String(), 'any.query'), ...operations])))

t.test('the schema is valid, and every operation is a field of its root', async t => {
  t.same(validateSchema(schema), [])
  t.same(Object.keys(schema.getQueryType()?.getFields() ?? {}), ['boats', 'boat', 'node'])
  t.same(Object.keys(schema.getMutationType()?.getFields() ?? {}), ['boatBuild', 'boatSink'])
  t.same(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}), ['boatHear'])
})

t.test('schemas become types by their titles, and by their places where they have none', async t => {
  t.equal(shown('Boat'), [
    'type Boat implements Node {', '  id: ID!', '  host: String!', '  boatId: String!', '  rig: Rig', '  launchedAt: DateTime', '  weightGrams: Long', '  crew: Int',
    '  length: Float', '  owner: String', '  captain: String', '  flags: JSON', '  raw: JSON', '  berth: BoatBerth', '  masts: [Mast!]', '}'
  ].join('\n'))
  t.match(printSchema(schema), /enum Rig {\n {2}sloop\n\n {2}"""`square-rigged` in JSON"""\n {2}square_rigged\n}/)
  t.equal(shown('BoatBuildBerthInput'), 'input BoatBuildBerthInput {\n  pier: String!\n  place: Int\n}')
  t.equal(shown('MastSpecInput'), 'input MastSpecInput {\n  height: Float!\n  wood: String\n}')
  t.equal(shown('BoatHearEventStill'), 'type BoatHearEventStill implements StreamEvent {\n  type: String!\n  depth: Int\n}')
  t.equal(shown('BoatEvent'), 'union BoatEvent = SoundEvent | BoatHearEventStill | EndEvent | ErrorEvent')
})

t.test('arguments say what they are and what they default to', async t => {
  const text = printSchema(schema)
  t.match(text, /"""How to rig it"""\n {4}rig: Rig = sloop/)
  t.match(text, /"""Options. Default: `{"colour":"red"}`"""\n {4}options: JSON\n/)
  t.match(text, 'tags: [String!] = ["new"]')
  t.match(text, 'host: [String!]\n', 'one or several is a list')
  t.match(text, /Build a boat\n\s*\n\s*It is launched when it is ready./)
  const root = schema.getMutationType()
  t.ok(root instanceof GraphQLObjectType && root.getFields().boatSink?.type.toString() === 'Boolean', 'nothing is Boolean')
})

t.test('numbers, choices and literals', async t => {
  const text = built(giving(Type.Object({
    negative: Type.Integer({ minimum: -(2 ** 40), maximum: 5 }),
    either: Type.Union([Type.Literal('a-b'), Type.Literal('true')]),
    mixed: Type.Union([Type.String(), Type.Integer()]),
    texts: Type.Union([Type.String(), Type.String({ format: 'date-time' })]),
    anything: Type.Unknown(),
    listOrNull: Type.Union([Type.Array(Type.Union([Type.String(), Type.Null()])), Type.Null()]),
    numbered: Type.Enum([1, 2])
  }, { title: 'Odd' })))
  t.match(text, [
    'type Odd {', '  negative: Long!', '  either: OddEither!', '  mixed: JSON!', '  texts: String!', '  anything: JSON!', '  listOrNull: [String]', '  numbered: JSON!', '}'
  ].join('\n'))
  t.match(text, /enum OddEither {[\s\S]*a_b[\s\S]*true_/)
})

t.test('what GraphQL cannot show stops the start, with the place in its message', async t => {
  const titled = (properties: Record<string, TSchema>) => Type.Object(properties, { title: 'Same' })
  t.throws(() => built(giving(titled({ a: Type.String() })), giving(titled({ b: Type.String() }), 'thing.other')), { message: 'two different schemas are both called Same' })
  t.doesNotThrow(() => built(giving(titled({ a: Type.String() })), giving(titled({ a: Type.String() }), 'thing.other')))
  t.throws(() => built(giving(Type.Object({ a: Type.Enum(['x-y', 'x_y']) }))), { message: 'ThingGetResultA: two values have the same GraphQL name' })
  t.throws(() => built(giving(Type.Object({ a: Type.Intersect([Type.Object({}), Type.Object({})]) }))), /ThingGetResultA: GraphQL can't show "allOf"/)
  const twins = Type.Union([Type.Object({ type: Type.Literal('a'), x: Type.String() }, { title: 'A' }), Type.Object({ type: Type.Literal('a') }, { title: 'B' })])
  t.throws(() => built(giving(twins)), /two events have the same type/)
  t.throws(() => built(asking(Type.Object({ a: Type.Union([Type.Object({ type: Type.Literal('a') }), Type.Object({ type: Type.Literal('b') })]) }))), /events are not inputs/)
})

t.test('null is left out where the schema has no use for it, at every depth', async t => {
  const input = Type.Object({
    a: Type.Optional(Type.String()),
    b: Type.Union([Type.String(), Type.Null()]),
    env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])),
    inner: Type.Object({ c: Type.Optional(Type.String()) }),
    list: Type.Array(Type.Object({ d: Type.Optional(Type.String()) }))
  })
  const given = { a: null, b: null, env: { KEY: null }, inner: { c: null }, list: [{ d: null }, { d: 'x' }], stray: null }
  t.strictSame(withoutNulls(input, given), { b: null, env: { KEY: null }, inner: {}, list: [{}, { d: 'x' }] })
  t.strictSame(withoutNulls(input, JSON.parse('{"env": {"__proto__": {"x": 1}}}')), JSON.parse('{"env": {"__proto__": {"x": 1}}}'))
})
