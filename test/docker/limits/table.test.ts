import t from 'tap'
import { HOST_CONFIG } from '../../../src/docker/limits/host-config.js'
import { createRequest } from '../../../src/docker/containers/container-body.js'
import { image } from '../../support/engines.js'
import { startGateway } from '../../support/gateway.js'
import type { Client } from '../../support/client.js'
import { dangers, harmless } from './dangers.js'

const gateway = await startGateway(t)
const { admin, ann, spies, services: { grants, journal } } = gateway
await grants.create({ user: 'ann', role: 'developer', hosts: ['local'] })
const CANARY = 'canary-of-a-limit'
const spec = (more: object) => ({ image, name: `limits-table-${process.pid}`, env: { SECRET: CANARY }, ...more })
const check = async (client: Client, more: object) => (await client.post('/hosts/local/containers/check', spec(more))).body

t.test('every field of HostConfig is in the table', async t => {
  const named = new Set([...dangers.map(({ field }) => field), ...Object.values(harmless).flat()])
  t.same(Object.keys(HOST_CONFIG).filter(field => !named.has(field)), ['Annotations'], 'but for one that this engine does not have')
  for (const { field, spec: more } of dangers) {
    const { body } = createRequest({ image, ...more } as Parameters<typeof createRequest>[0], '1.41')
    t.ok(field in body || field in (body.HostConfig as object), `${field} is what ${JSON.stringify(more)} comes to`)
  }
})

t.test('a check tells the developer what a create would be refused for, by which rule, and lets the admin', async t => {
  for (const { spec: more, rule, path } of dangers) {
    t.match(await check(ann, more), { allowed: false, refusals: [{ rule, path, message: /./ }] }, JSON.stringify(more))
    t.same(await check(admin, more), { allowed: true, refusals: [] }, JSON.stringify(more))
  }
  t.same(await check(ann, {}), { allowed: true, refusals: [] })
})

t.test('a create, and a run, are refused for the same: with one line in the journal, and nothing but looks at the engine', async t => {
  await journal.flush()
  const [{ seq: before = 0 } = {}] = (await journal.list({ limit: 1 })).items
  spies.local.reset()
  for (const [at, { spec: more, rule, path, others = 0 }] of dangers.entries()) {
    const { body } = await ann.post(`/hosts/local/containers${at % 2 === 0 ? '' : '/run'}`, spec(more))
    t.match(body, { status: 403, code: 'forbidden', errors: [{ path, message: /./ }] }, JSON.stringify(more))
    t.equal(body.errors.length, 1 + others, `${rule} alone`)
  }
  t.same(spies.local.requests.filter(({ method }) => method !== 'GET'), [])
  await journal.flush()
  const items = (await journal.list({ limit: 1000 })).items.filter(({ seq }) => seq > before)
  t.equal(items.reduce((sum, { outcome }) => sum + (outcome?.count ?? 1), 0), dangers.length)
  t.same(new Set(items.map(({ decision }) => decision?.rule)), new Set(dangers.map(({ rule }) => rule)))
  t.ok(items.every(({ stage, actor }) => stage === 'denied' && actor?.username === 'ann'))
  t.notMatch(JSON.stringify(items), CANARY)
  t.notMatch(gateway.logged.join(''), CANARY)
})

t.test('over GraphQL and for a ticket it reads the same', async t => {
  const query = `mutation { containerCreate(host: "local", image: "${image}", capAdd: ["SYS_ADMIN"]) { containerId } }`
  t.match((await ann.graphql(query)).errors, [{ extensions: { code: 'forbidden', errors: [{ path: '/capAdd/0' }] } }])
  t.match((await ann.post('/tickets', { operation: 'container.create', input: { host: 'local', ...spec({ privileged: true }) } })).body, { status: 403, errors: [{ path: '/privileged' }] })
})
