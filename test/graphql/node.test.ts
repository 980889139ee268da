import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { writeGlobalId } from '../../src/graphql/nodes/global-id.js'
import { image, privateEngine } from '../support/engines.js'
import { ANN_PASSWORD, startGateway } from '../support/gateway.js'

const engine = await privateEngine(t)
const { admin, ann, nobody, services, spies } = await startGateway(t, { engines: [engine, engine] })

const made = async (path: string, body: object) => {
  const answer = await admin.post(path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`)
  return answer.body
}

t.teardown(async () => { for (const name of ['seen', 'hidden']) await call(engine, 'DELETE', `/containers/${name}?force=true`) })
for (const name of ['seen', 'hidden']) await made('/hosts/local/containers/run', { image, name, command: ['sleep', '600'], labels: { team: name } })
await made('/hosts/local/networks', { name: 'net', ipam: { pools: [{ subnet: '10.87.2.0/24' }] } })
await made('/hosts/local/volumes', { name: 'vol.a-b_c' })
await made('/groups', { name: 'blue', members: ['ann'] })
await made('/roles', { name: 'watcher', operations: ['container.list', 'container.inspect', 'host.list'] })
const grant = await made('/grants', { group: 'blue', role: 'watcher', hosts: ['local'], match: { labels: { team: 'seen' } } })
const token = await made('/tokens', { name: 'ci' })
const { execId } = await made('/hosts/local/containers/seen/exec', { command: ['sh'], interactive: true })
const job = await admin.send('POST', '/hosts/local/images/pull', { reference: '127.0.0.1:1/nothing' }, { prefer: 'respond-async' })

const ask = async (query: string, client = admin) => {
  const { data, errors } = await client.graphql(query)
  return { data, errors }
}
const node = async (id: string, client = admin, selection = '__typename id') => await ask(`{ node(id: "${id}") { ${selection} } }`, client)
const container = async (name: string, client = admin): Promise<string> => (await ask(`{ container(host: "local", id: "${name}") { id } }`, client)).data.container.id

/** Each kind of object, by its inspect, with something that the inspect alone can tell. */
const KINDS: Readonly<Record<string, readonly [inspect: string, fields: string]>> = {
  Host: ['host(host: "local")', 'name version containers { items { name } }'],
  Image: [`image(host: "local", image: "${image}")`, 'host imageId tags layers'],
  Container: ['container(host: "local", id: "seen")', 'host containerId name command state commandLine hostSummary { id }'],
  Network: ['network(host: "local", network: "net")', 'networkId name endpoints { name } raw'],
  Volume: ['volume(host: "local", volume: "vol.a-b_c")', 'name raw'],
  Exec: [`exec(host: "local", exec: "${execId}")`, 'execId containerId command'],
  Job: [`job(id: "${job.body.id}")`, 'jobId operation host'],
  ApiToken: [`token(token: "${token.id}")`, 'tokenId name'],
  User: ['user(user: "ann")', 'userId username groups'],
  Group: ['group(group: "blue")', 'groupId name members'],
  Role: ['role(role: "watcher")', 'name operations'],
  Grant: [`grant(grant: "${grant.id}")`, 'grantId role']
}

t.test('every kind of object is found again by its id, as its inspect has it', async t => {
  for (const [type, [inspect, fields]] of Object.entries(KINDS)) {
    const { data, errors } = await ask(`{ it: ${inspect} { __typename id ${fields} } }`)
    t.same(errors, [], type)
    const again = await node(data.it.id, admin, `__typename id ... on ${type} { ${fields} }`)
    t.same(again.errors, [], type)
    t.equal(again.data.node.__typename, type)
    t.same(again.data.node, data.it, type)
  }
})

t.test('what is not there, and what may not be seen, is null alike: a call like any other, and in the journal', async t => {
  const [seen, hidden] = [await container('seen'), await container('hidden')]
  t.same(await node(seen, ann), { data: { node: { __typename: 'Container', id: seen } }, errors: [] })
  t.equal(await container('seen', ann), seen, 'ids do not depend on who asks')
  const absent = [{ type: 'Container', rest: `local:${'0'.repeat(64)}` }, { type: 'Container', rest: `nowhere:${'0'.repeat(64)}` }, { type: 'Job', rest: '01JD0000000000000000000000' }].map(writeGlobalId)
  for (const id of [hidden, ...absent]) t.same(await node(id, ann), { data: { node: null }, errors: [] })
  for (const id of absent) t.same(await node(id), { data: { node: null }, errors: [] })
  const own = await ask(`{ a: ${KINDS.Exec?.[0]} { id } b: ${KINDS.Job?.[0]} { id } c: ${KINDS.ApiToken?.[0]} { id } }`)
  for (const { id } of Object.values<{ id: string }>(own.data)) t.same((await node(id, ann)).data, { node: null }, 'another\'s')

  await services.journal.flush()
  await node(hidden, ann)
  await services.journal.flush()
  const [item] = (await services.journal.list({ limit: 1 })).items
  t.match(item, { operation: 'container.inspect', surface: 'graphql', stage: 'denied', actor: { username: 'ann' }, decision: { effect: 'deny', rule: 'invisible' } })
})

t.test('what the inspect refuses in other words, it refuses here', async t => {
  const { data } = await ask(`{ user: ${KINDS.User?.[0]} { id } role: ${KINDS.Role?.[0]} { id } }`)
  for (const [kind, { id }] of Object.entries<{ id: string }>(data)) {
    const asked = await ask(`{ ${KINDS[kind === 'user' ? 'User' : 'Role']?.[0] ?? ''} { id } }`, ann)
    t.match(asked.errors, [{ extensions: { code: 'forbidden' } }])
    const { data, errors } = await node(id, ann)
    t.same(data, { node: null })
    t.same(errors.map(({ extensions }) => [extensions.code, extensions.detail]), asked.errors.map(({ extensions }) => [extensions.code, extensions.detail]))
  }
  t.equal((await nobody.graphql(`{ node(id: "${await container('seen')}") { id } }`)).code, 'unauthenticated')
})

t.test('a right that is taken away is gone with the next call', async t => {
  const id = await container('seen')
  const pat = await nobody.signIn('ann', ANN_PASSWORD)
  t.match((await node(id, pat)).data, { node: { id } })
  await admin.delete(`/grants/${grant.id}`)
  t.equal((await node(id, pat)).data.node, null)
})

t.test('what is no global id is told so, and no engine hears of it', async t => {
  const id = await container('seen')
  const written = (text: string) => Buffer.from(text).toString('base64url')
  spies.local.reset()
  const wrong = ['', 'seen', '0'.repeat(64), `${id}=`, id.slice(0, -2), ` ${id}`, written('Container'), written('Container:local'), written('Container:local:'), written('Container::x'), written('Nothing:local:x'),
    written('ContainerSummary:local:x'), written('container:local:x'), written('Container:local:a/../b'), written('Query:x'), written('Container:LOCAL HOST:x'), written('Volume:local:a\\nb')]
  for (const text of wrong) {
    const { data, errors } = await node(text)
    t.equal(data.node, null)
    t.match(errors, [{ path: ['node'], extensions: { code: 'invalid-input', status: 400, errors: [{ path: '/id', message: 'must be a global id: the `id` of an object, as an answer has it' }] } }], text)
    t.notMatch(errors[0].message, text === '' ? 'never' : text, 'what was sent is not quoted')
  }
  t.equal(spies.local.bytes, 0)
})

t.test('an object is null when it is gone, and its engine\'s silence is an error', async t => {
  const id = await container('hidden')
  await admin.delete('/hosts/local/containers/hidden?force=true')
  t.same(await node(id), { data: { node: null }, errors: [] })
  const elsewhere = (await ask('{ container(host: "other", id: "seen") { id } }')).data.container.id
  t.not(elsewhere, await container('seen'), 'each host has its own')
  await spies.other.down()
  t.match(await node(elsewhere), { data: { node: null }, errors: [{ path: ['node'], extensions: { code: 'host-unreachable' } }] })
})
