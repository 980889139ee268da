import t from 'tap'
import { isObjectType, type GraphQLSchema } from 'graphql'
import Type from 'typebox'
import { buildSchema } from '../../src/graphql/schema.js'
import { needsLink, nothing, operation } from '../../src/operation/define.js'
import { graphqlField } from '../../src/operation/graphql-field.js'
import { graphqlRoot, registry } from '../../src/operation/registry.js'
import { operations } from '../../src/operations/index.js'
import { startGateway } from '../support/gateway.js'

const schema = buildSchema(operations)
const fieldsOf = (schema: GraphQLSchema, root: string) => {
  const type = schema.getType(root)
  return isObjectType(type) ? type.getFields() : {}
}

t.test('every operation of images and containers has its field', async t => {
  const fields = ['Query', 'Mutation', 'Subscription'].flatMap(root => Object.keys(fieldsOf(schema, root)))
  const named = [...operations].filter(({ name }) => /^(?:image|container)\./.test(name))
  t.ok(named.length > 30, String(named.length))
  t.same(named.filter(operation => !fields.includes(graphqlField(operation))).map(({ name }) => name), [])
  t.equal(new Set(named.map(graphqlField)).size, named.length, 'each its own')
})

t.test('bytes, uploads and channels are mutations that give a link, a GET as well', async t => {
  const links = [...operations].filter(needsLink)
  t.ok(['image.save', 'image.build', 'image.load', 'image.import', 'container.export', 'container.copyOut', 'container.copyIn'].every(name => links.some(link => link.name === name)))
  for (const operation of links) {
    t.equal(graphqlRoot(operation), 'Mutation', operation.name)
    t.equal(String(fieldsOf(schema, 'Mutation')[graphqlField(operation)]?.type), 'Link', operation.name)
  }
  t.same(Object.values(fieldsOf(schema, 'Link')).map(({ name, type }) => `${name}: ${String(type)}`), ['url: String!', 'method: LinkMethod!', 'expiresAt: DateTime!'])
})

t.test('links need tickets', async t => {
  const link = operations.get('container.export')
  const read = operations.get('host.list')
  if (link === undefined || read === undefined) throw new Error('gone')
  t.throws(() => buildSchema(registry([read, link])), { message: 'container.export is a link in GraphQL, and there is no session.ticket to make one' })
})

t.test('no input may be taken for a ticket', async t => {
  const input = Type.Object({ ticket: Type.String() })
  const taken = operation({ name: 'boat.board', summary: 'Board', class: 'read', method: 'GET', path: '/boats', input, output: nothing(), audit: [], example: { ticket: '1' }, async handler () {} })
  t.throws(() => registry([taken]), { message: /no input may be called ticket/ })
})

t.test('a fault is where the field has its argument', async t => {
  const { admin, nobody } = await startGateway(t)
  const { errors } = await admin.graphql('mutation { imageSave(host: "local", image: ["a/../b"]) { url } }')
  t.match(errors, [{ path: ['imageSave'], extensions: { code: 'invalid-input', errors: [{ path: '/image/0' }] } }])
  const ticket = await admin.graphql('mutation { sessionTicket(operation: "image.save", input: { host: "local", image: ["a/../b"] }) { url } }')
  t.match(ticket.errors, [{ extensions: { code: 'invalid-input', errors: [{ path: '/input/image/0' }] } }])
  const { data } = await admin.graphql('mutation { imageBuild(host: "local", tags: null, buildArgs: { A: "b" }) { url method expiresAt } }')
  t.match(data.imageBuild, { method: 'POST', url: /^\/api\/v1\/hosts\/local\/images\/build\?ticket=cat_/ }, 'null is as good as left out')
  t.match(await nobody.graphql('mutation { imageSave(host: "local", image: ["a"]) { url } }'), { status: 401 })
})
