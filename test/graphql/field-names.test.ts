import t from 'tap'
import Type from 'typebox'
import { buildSchema } from '../../src/graphql/schema.js'
import { nothing, operation, type AnyOperation } from '../../src/operation/define.js'
import { fieldByRule } from '../../src/operation/graphql-field.js'
import { graphqlRoot, offeredOn, registry } from '../../src/operation/registry.js'
import { operations } from '../../src/operations/index.js'

const schema = buildSchema(operations)
const offered = [...operations].filter(operation => offeredOn(operation, 'graphql'))
const fieldsOf = (root: string): string[] => {
  const type = { Query: schema.getQueryType(), Mutation: schema.getMutationType(), Subscription: schema.getSubscriptionType() }[root]
  return Object.keys(type?.getFields() ?? {})
}

const NOUNS = ['host', 'image', 'container', 'network', 'volume', 'job', 'token', 'user', 'group', 'role', 'grant']

/** What has no plural, and what is nobody's but one's own. */
const NAMED: Readonly<Record<string, string>> = { 'audit.list': 'audit', 'session.me': 'me' }

t.test('every list is the plural, every inspect the singular', async t => {
  const reads = offered.filter(({ name }) => /\.(?:list|inspect)$/.test(name)).map(({ name }) => name)
  t.same(reads.toSorted(), [...NOUNS.flatMap(noun => [`${noun}.list`, `${noun}.inspect`]), 'audit.list', 'exec.inspect'].toSorted())
  const queries = fieldsOf('Query')
  for (const noun of NOUNS) t.ok(queries.includes(`${noun}s`) && queries.includes(noun), noun)
  t.ok(['audit', 'exec', 'me'].every(name => queries.includes(name)))
  t.notOk(['Query', 'Mutation', 'Subscription'].flatMap(fieldsOf).some(name => /(?:List|Inspect)$/.test(name)))
})

t.test('whatever else there is, is noun and verb', async t => {
  for (const operation of offered) {
    const [noun = '', verb = ''] = operation.name.split('.')
    if (verb === 'list' || verb === 'inspect') continue
    const name = NAMED[operation.name] ?? noun + verb.replace(/^./, letter => letter.toUpperCase())
    t.ok(fieldsOf(graphqlRoot(operation)).includes(name), `${operation.name}: ${name}`)
  }
})

t.test('a definition names its field only where the rule does not know it', async t => {
  t.same(Object.fromEntries([...operations].flatMap(({ name, field }) => field === undefined ? [] : [[name, field]])), NAMED)
  const of = (name: AnyOperation['name'], field?: string) => operation({
    name, field, summary: 'Look', class: 'read', method: 'GET', path: `/${name}`, input: Type.Object({}), output: nothing(), audit: [], example: {}, async handler () {}
  })
  t.throws(() => registry([of('boat.list', 'boats')]), { message: 'boat.list names its GraphQL field boats, as it is called anyway' })
  t.throws(() => registry([of('boat.list'), of('fleet.me', 'boats')]), { message: 'fleet.me and boat.list both claim the GraphQL field boats' })
})

t.test('plurals as English has them', async t => {
  const plurals = { boat: 'boats', registry: 'registries', key: 'keys', box: 'boxes', patch: 'patches', class: 'classes' }
  for (const [noun, plural] of Object.entries(plurals)) t.equal(fieldByRule(`${noun}.list`), plural)
})
