import t from 'tap'
import { getIntrospectionQuery, GraphQLError, parse } from 'graphql'
import { limitErrors } from '../../src/graphql/limits.js'
import { start } from './support.js'

const times = (count: number, text: (at: number) => string) => Array.from({ length: count }, (_, at) => text(at)).join(' ')

/** A chain of fragments, each a level deeper. */
const deep = (levels: number) => `query { boats { ...F0 } } ${times(levels, at => `fragment F${at} on Boat { berth { ...F${at + 1} } }`)} fragment F${levels} on Boat { id }`
const nested = (levels: number) => `{ ${'boats { '.repeat(levels)} id ${'}'.repeat(levels)} }`

const tooLarge: Record<string, [string, RegExp]> = {
  'depth 30 through fragments': [deep(30), /levels deep, and 12/],
  'depth 13': [nested(12), /13 levels deep, and 12/],
  '1000 aliases': [`{ ${times(1000, at => `a${at}: __typename`)} }`, /tokens|aliases/],
  '31 aliases': [`{ boats { ${times(31, at => `a${at}: __typename`)} } }`, /31 aliases, and 30/],
  '31 aliases through a fragment': [`{ a: boats { ...F } b: boats { ...F } } fragment F on BoatList { ${times(15, at => `x${at}: __typename`)} }`, /32 aliases/],
  '21 fields at the root': [`{ ${times(21, () => '__typename')} }`, /21 fields at the root, and 20/],
  '21 fields at the root through fragments': [`{ ${times(3, () => '...F')} } fragment F on Query { ${times(7, () => '__typename')} }`, /21 fields at the root/],
  'fragments that double': [`{ boats { ...F0 } } ${times(20, at => `fragment F${at} on BoatList { ...F${at + 1} ...F${at + 1} }`)} fragment F20 on BoatList { __typename }`, /fields in all/],
  'a fragment in itself': ['{ boats { ...A } } fragment A on BoatList { ...B } fragment B on BoatList { ...A }', /fragment A contains itself/],
  'the schema twice': ['{ a: __schema { queryType { name } } b: __schema { types { name } } }', /2 times __schema, and 1/],
  'the schema twice through a fragment': ['{ ...F a: __schema { queryType { name } } } fragment F on Query { __schema { types { name } } }', /2 times __schema, and 1/],
  'the schema over and over': [`{ __schema { types { ${times(6, at => `a${at}: fields { name }`)} } } }`, /6 aliases within __schema, and 5/],
  '31 times a type': [`{ ${times(20, at => `a${at}: __type(name: "Boat") { name }`)} ${times(11, at => `b${at}: __type(name: "Boat") { name }`)} }`, /31 aliases, and 30/],
  '10,000 directives': [`{ boats ${times(10_000, () => '@a')} { __typename } }`, /tokens/],
  '101 fragments': [`{ boats { ...F0 } } ${times(101, at => `fragment F${at} on BoatList { __typename }`)}`, /101 fragments, and 100/],
  '51 directives': [`{ boats ${times(51, () => '@a')} { __typename } }`, /51 directives/],
  '2,001 tokens': [`{ boats { ${times(1997, () => 'id')} } }`, /tokens/],
  'a megabyte of comments': [`# ${'x'.repeat(1_000_000)}\n{ __typename }`, /characters/],
  'deep brackets': [`{ a(b: ${'['.repeat(3000)}) }`, /tokens/]
}

const { app, seen } = await start(t)
const ask = async (query: string) => await app.inject({ method: 'POST', url: '/graphql', headers: { authorization: 'Bearer ann' }, payload: { query } })

/** The fastest of several: what else the machine does at the time is not the question. */
const timed = async (query: string) => {
  const begun = performance.now()
  await ask(query)
  return performance.now() - begun
}

for (const [what, [query, words]] of Object.entries(tooLarge)) {
  t.test(`${what}: refused fast, before anything is called`, async t => {
    const response = await ask(query)
    t.equal(response.statusCode, 400)
    t.match(response.json(), { errors: [{ message: words, extensions: { code: 'invalid-input' } }] })
    const took = Math.min(await timed(query), await timed(query), await timed(query))
    t.ok(took < 50, `${took.toFixed(1)} ms`)
    t.same(seen.calls, [])
  })
}

t.test('what is within the limits is answered, and validation takes no time to speak of', async t => {
  const queries: Record<string, [string, number]> = {
    introspection: [getIntrospectionQuery(), 200],
    'many fragments': [`{ boats { ${times(100, at => `...F${at}`)} } } ${times(100, at => `fragment F${at} on BoatList { __typename }`)}`, 200],
    'many lists': [`{ boats { ${times(300, () => 'items { id }')} } }`, 200],
    'the same field 1,800 times (the validator has a budget of its own)': [`{ boats { items { ${times(900, () => 'id id')} } } }`, 400]
  }
  for (const [what, [query, status]] of Object.entries(queries)) {
    const begun = performance.now()
    t.equal((await ask(query)).statusCode, status, what)
    t.ok(performance.now() - begun < 1000, what)
  }
})

t.test('introspection is exempt from the depth, not from everything', async t => {
  const levels = (count: number) => `{ __type(name: "Boat") { ${'fields { type { '.repeat(count)} name ${'} }'.repeat(count)} } }`
  t.same(limitErrors(parse(levels(10))), [])
  t.match((await ask(levels(10))).json(), { errors: [{ message: /introspection depth/i }] }, 'its own lists have a depth of their own')
})

t.test('each operation of a document is measured', async t => {
  t.ok(limitErrors(parse(`query A { __typename } query B ${nested(20)}`)).every(error => error instanceof GraphQLError))
  t.equal(limitErrors(parse(`query A { __typename } query B ${nested(20)}`)).length, 1)
  t.same(limitErrors(parse('{ ...Missing }')), [], 'what is missing is for validation to say')
})
