import t from 'tap'
import { ask } from '../../scripts/lib/api.mjs'
import { image, privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

// On every engine that the suite runs on: this one is about Podman alone.
const engine = await privateEngine(t, { kind: 'podman' })
const { admin, spies } = await startGateway(t, { engines: [engine] })

type Json = any
const HOST = '/hosts/local'
async function made (path: string, body: object = {}): Promise<Json> {
  const answer = await admin.post(`${HOST}${path}`, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`)
  return answer.body
}
const names = async (kind: string): Promise<string[]> => (await admin.get(`${HOST}/${kind}`)).body.items.map(({ name }: Json) => name).toSorted()
const gone = async (id: string) => await admin.delete(`${HOST}/containers/${id}?force=true`)

t.test('a prune of volumes takes those that nobody named, and says how large they were', async t => {
  await made('/volumes', { name: 'data' })
  const { id } = await made('/containers/run', { image, command: ['sh', '-c', 'head -c 5000 /dev/zero > /unnamed/file; echo 1 > /data/file'], volumes: ['/unnamed'], binds: ['data:/data'], wait: true })
  t.match(await made('/volumes/prune'), { removed: [], reclaimedBytes: 0 }, 'a container has both')
  await gone(id)
  const dry = await made('/prune', { kinds: ['volumes'], dryRun: true })
  t.match(dry.volumes, { removed: [/^[0-9a-f]{64}$/], reclaimedBytes: 5000 })
  spies.local.reset()
  t.match(await made('/volumes/prune'), { removed: dry.volumes.removed, reclaimedBytes: 5000 })
  t.notOk(spies.local.requests.some(({ url }) => url.includes('/prune')), 'no filter of the engine\'s has a say in it')
  t.same(await names('volumes'), ['data'])
  t.same((await made('/prune', { kinds: ['volumes'] })).volumes.removed, [], 'nor by the prune of everything')
  t.same((await made('/volumes/prune', { all: true })).removed, ['data'])
})

t.test('a prune of everything: what a dry run tells is what goes', async t => {
  await made('/networks', { name: 'used', internal: true })
  await made('/networks', { name: 'unused', internal: true })
  await made('/volumes', { name: 'kept' })
  const { id: running } = await made('/containers/run', { image, command: ['sleep', '600'], networks: { used: {} } })
  const { id: ended } = await made('/containers/run', { image, command: ['sh', '-c', 'head -c 7000 /dev/zero > /file'], networks: { used: {} }, wait: true })
  const { id: committed } = await made(`/containers/${ended}/commit`, {})
  const order = { kinds: ['containers', 'networks', 'volumes', 'images', 'buildCache'], allVolumes: false }
  const dry = await made('/prune', { ...order, dryRun: true })
  t.match(dry, { containers: { removed: [ended] }, networks: { removed: ['unused'] }, volumes: { removed: [] }, images: { removed: [committed] }, buildCache: { removed: [] } })
  t.ok(dry.containers.reclaimedBytes >= 7000)
  t.same(await made('/prune', order), { ...dry, dryRun: false })
  t.same(await names('networks'), ['bridge', 'used'])
  await gone(running)
  t.same((await made('/networks/prune')).removed, ['used'])
})

t.test('a network that a container has, whether it runs or not, stays', async t => {
  const { id: network } = await made('/networks', { name: 'busy', internal: true })
  const { id } = await made('/containers/run', { image, command: ['sleep', '600'], networks: { busy: {} } })
  for (const reference of [network, 'busy', network.slice(0, 12)]) {
    t.match(await admin.delete(`${HOST}/networks/${reference}`), { status: 409, body: { code: 'conflict', detail: /busy is in use/ } }, reference)
  }
  t.match(await ask(engine, 'GET', `/containers/${id}/json`), { NetworkSettings: { Networks: { busy: { NetworkID: network } } } })
  await admin.post(`${HOST}/containers/${id}/kill`)
  t.match(await admin.delete(`${HOST}/networks/${network}`), { status: 409 })
  t.same((await made('/networks/prune')).removed, [])
  await gone(id)
  t.equal((await admin.delete(`${HOST}/networks/${network}`)).status, 204)
})

t.test('every call is pinned to the version of the API that was agreed on', async t => {
  spies.local.reset()
  await admin.get(`${HOST}/containers`)
  t.match(spies.local.requests, [{ url: /^\/containers\/json/, version: '1.44' }])
})
