import t from 'tap'
import { GraphQLNonNull, isInterfaceType, isObjectType, type GraphQLObjectType } from 'graphql'
import Type, { type TObject, type TSchema } from 'typebox'
import { readGlobalId, writeGlobalId } from '../../src/graphql/nodes/global-id.js'
import { buildSchema } from '../../src/graphql/schema.js'
import { inGraphql } from '../../src/model/graphql-name.js'
import { operation, value, type AnyOperation } from '../../src/operation/define.js'
import { registry } from '../../src/operation/registry.js'
import { operations } from '../../src/operations/index.js'

const schema = buildSchema(operations)
const objects = Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'))
const isNode = (type: GraphQLObjectType) => type.getInterfaces().some(({ name }) => name === 'Node')

t.test('an id is a global id and nothing else, on whatever has an inspect', async t => {
  t.same(objects.filter(type => 'id' in type.getFields()).map(({ name }) => name).toSorted(), objects.filter(isNode).map(({ name }) => name).toSorted())
  for (const type of objects.filter(isNode)) t.equal(String(type.getFields().id?.type), 'ID!', type.name)
  t.same(objects.filter(isNode).map(({ name }) => name).toSorted(), ['ApiToken', 'Container', 'Exec', 'Grant', 'Group', 'Host', 'Image', 'Job', 'Network', 'Role', 'User', 'Volume'])
  t.notOk(objects.some(({ name }) => name.endsWith('Summary')), 'a row of a list is of the type that the inspect has')
  const node = schema.getType('Node')
  t.ok(isInterfaceType(node) && node.getFields().id?.type instanceof GraphQLNonNull)
})

t.test('the id of an engine, or of the gateway, is called after its noun, wherever it stands', async t => {
  const own: Readonly<Record<string, string>> = {
    Container: 'containerId',
    CreatedContainer: 'containerId',
    ContainerRun: 'containerId',
    ContainerStatsEvent: 'containerId',
    CommittedImage: 'imageId',
    Image: 'imageId',
    Network: 'networkId',
    CreatedNetwork: 'networkId',
    Exec: 'execId',
    Job: 'jobId',
    User: 'userId',
    Me: 'userId',
    Group: 'groupId',
    Grant: 'grantId',
    ApiToken: 'tokenId',
    NewApiToken: 'tokenId',
    HostInfo: 'engineId'
  }
  for (const [name, field] of Object.entries(own)) t.equal(String(objects.find(type => type.name === name)?.getFields()[field]?.type), 'String!', `${name}.${field}`)
})

t.test('what only one of list and inspect tells may be null, and what both tell is as certain as in both', async t => {
  const typeOf = (name: string) => String(objects.find(type => type.name === 'Container')?.getFields()[name]?.type)
  const fields = { name: 'String!', state: 'ContainerStatus!', networks: '[String!]!', stateDetails: 'ContainerState', endpoints: '[ContainerNetwork!]', command: '[String!]', commandLine: 'String', env: 'JSON', status: 'String' }
  t.same(Object.fromEntries(Object.keys(fields).map(name => [name, typeOf(name)])), fields)
})

t.test('global ids: what was not written so, to the letter, is none', async t => {
  const image = { type: 'Image', rest: 'local:sha256:0123' }
  t.same(readGlobalId(writeGlobalId(image)), image)
  t.match(writeGlobalId({ type: 'Volume', rest: 'local:größe?>' }), /^[A-Za-z0-9_-]+$/)
  const id = writeGlobalId(image)
  for (const other of [`${id}=`, `${id}==`, ` ${id}`, id.slice(0, -1), `${id}A`, Buffer.from('Image').toString('base64url'), '', 'web', '//8', Buffer.from('a:\xff', 'latin1').toString('base64url')]) {
    const read = readGlobalId(other)
    t.ok(read === undefined || writeGlobalId(read) === other, JSON.stringify(other))
    t.notSame(read, image)
  }
})

const made = (name: AnyOperation['name'], path: `/${string}`, output: TSchema, more: object = {}): AnyOperation => operation({
  name, summary: 'Look', class: 'read', method: 'GET', path, input: inputs(path), output: value(output), audit: [], example: {}, async handler () { return {} }, ...more
})
const inputs = (path: string): TObject => Type.Object(Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, Type.String()])))
const listOf = (item: TSchema) => Type.Object({ items: Type.Array(item) }, { title: 'Boats' })
const built = (...operations: AnyOperation[]) => buildSchema(registry(operations))

t.test('what GraphQL has no id for stops the start, with what is missing', async t => {
  const Boat = Type.Object({ id: Type.String(), crew: Type.Integer() }, { title: 'Boat' })
  t.doesNotThrow(() => built(made('boat.inspect', '/boats/{id}', Boat)))
  t.throws(() => built(made('boat.inspect', '/boats/{port}/{id}', Boat)), { message: 'boat.inspect is found by port, id: an object has an id of its own, and perhaps a host' })
  t.throws(() => built(made('boat.inspect', '/boats/{id}', Type.Object({ crew: Type.Integer() }, { title: 'Boat' }))), { message: 'boat.inspect answers an object without an id or a name: GraphQL has no id for it' })
  t.throws(() => built(made('boat.check', '/boats/{id}', Type.Object({ id: Type.String() }, { title: 'Check' }))), { message: /^Check has an id, which in GraphQL is a global one/ })
  t.doesNotThrow(() => built(made('boat.check', '/boats/{id}', Type.Object({ id: Type.String(inGraphql('boatId')) }, { title: 'Check' }))))
})

t.test('a list and an inspect that contradict one another stop the start', async t => {
  const pair = (row: Record<string, TSchema>, full: Record<string, TSchema>) => () => built(
    made('boat.list', '/boats', listOf(Type.Object({ id: Type.String(), ...row }, { title: 'BoatRow' }))),
    made('boat.inspect', '/boats/{id}', Type.Object({ id: Type.String(), ...full }, { title: 'Boat' }))
  )
  t.doesNotThrow(pair({ crew: Type.Integer() }, { crew: Type.Integer(), raw: Type.Unknown() }))
  t.throws(pair({ crew: Type.String() }, { crew: Type.Boolean(), raw: Type.Unknown() }), { message: 'Boat.crew is String in a list and Boolean in the inspect: give one of them another name for GraphQL' })
  t.throws(pair({ crew: Type.String() }, { crew: Type.String() }), { message: 'Boat: nothing tells what the inspect answered from a row of the list' })
})

t.test('no operation takes the name of `node`', async t => {
  t.throws(() => built(made('node.inspect', '/nodes/{id}', Type.Object({ id: Type.String() }, { title: 'SwarmNode' }))), { message: /^the GraphQL field node finds any object by its global id/ })
  t.match(String(schema.getQueryType()?.getFields().node?.type), 'Node')
})
