import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ask } from '../../scripts/lib/api.mjs'
import { Connection } from '../../src/engine/connection/connection.js'
import { Metrics } from '../../src/metrics/metrics.js'
import { ndjson } from '../support/client.js'
import { engines, image, privateEngine } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'

/** Debian's Podman comes without an init: a shell that goes over into the command will do. */
const folder = mkdtempSync(join(tmpdir(), 'caisson-podman-'))
t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
writeFileSync(join(folder, 'init'), '#!/bin/sh\nshift\nexec "$@"\n')
chmodSync(join(folder, 'init'), 0o755)
writeFileSync(join(folder, 'init.conf'), `[containers]\ninit_path = "${join(folder, 'init')}"\n`)
process.env.CONTAINERS_CONF_OVERRIDE = join(folder, 'init.conf')

// Whatever kind the run is on: this file is about Podman.
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
  t.match((await admin.get(`${HOST}/networks/busy`)).body, { enableIpv4: true, enableIpv6: false })
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

const collected = async (path: string, isLast: (event: Json) => boolean, meanwhile: () => Promise<unknown>): Promise<Json[]> => {
  const socket = admin.socket(path)
  const events: Json[] = []
  await once(socket, 'open')
  const last = new Promise<void>(resolve => { socket.on('message', data => { if (isLast(events[events.push(JSON.parse(String(data))) - 1])) resolve() }) })
  await meanwhile()
  await last
  socket.terminate()
  return events
}

t.test('events begin now, and have Docker\'s words', async t => {
  const events = await collected(`${HOST}/events`, ({ kind, action }) => kind === 'volume' && action === 'destroy', async () => {
    const { id } = await made('/containers/run', { image, name: 'told', command: ['sleep', '600'], labels: { team: 'blue' }, networkMode: 'none' })
    await made(`/containers/${id}/exec`, { command: ['true'] })
    await made('/networks', { name: 'told-net', internal: true })
    await admin.delete(`${HOST}/networks/told-net`)
    await made(`/containers/${id}/kill`)
    await admin.get(`${HOST}/images/save?image=${encodeURIComponent(image)}`)
    await gone(id)
    await made('/volumes', { name: 'told' })
    await admin.delete(`${HOST}/volumes/told`)
  })
  const told = events.map(({ kind, action }) => `${kind} ${action}`)
  const wanted = ['container create', 'container start', 'container exec_start', 'container exec_die', 'network create', 'network destroy', 'container kill', 'container die', 'container destroy', 'volume create', 'volume destroy']
  t.same(told.filter(word => wanted.includes(word)), wanted, told.join(', '))
  t.equal(told[0], 'container create', 'what was before is not told')
  t.same(told.filter(word => /init|cleanup|remove|exec$|exec_died/.test(word)), [])
  t.match(events.find(({ kind }) => kind === 'network'), { name: 'told-net', id: /^[0-9a-f]{64}$/, attributes: { type: 'bridge' } })
  t.match(events.find(({ kind }) => kind === 'volume'), { id: 'told' })
  t.match(events.find(({ action }) => action === 'die'), { attributes: { exitCode: '137', team: 'blue' } })
  t.notOk(JSON.stringify(events).includes('/tmp/'), 'no path of the engine\'s machine')
  const past = ndjson((await admin.get(`${HOST}/events?since=1h&until=${new Date().toISOString()}`)).text)
  t.ok(past.some(({ name, action }: Json) => name === 'told' && action === 'destroy'), 'what is remembered is told to whoever asks')
})

t.test('an update does what it says, and leaves the rest', async t => {
  const { id } = await made('/containers/run', { image, command: ['sleep', '600'], networkMode: 'none', cpus: 0.3, restartPolicy: { name: 'on-failure', maximumRetryCount: 3 } })
  t.equal((await admin.patch(`${HOST}/containers/${id}`, { cpus: 0.5 })).status, 200)
  t.match(await ask(engine, 'GET', `/containers/${id}/json`), { HostConfig: { NanoCpus: 500_000_000, CpuQuota: 50_000, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } })
  t.match(await admin.patch(`${HOST}/containers/${id}`, { memoryBytes: 1e8, memorySwapBytes: -1 }), { status: 400, body: { errors: [{ path: '/memorySwapBytes', message: /does not heed it/ }] } })
  await gone(id)
})

t.test('what would be done in appearance only is refused', async t => {
  const specs: Array<readonly [pointer: string, spec: object]> = [
    ['/domainname', { domainname: 'example.com' }], ['/networkDisabled', { networkDisabled: true }], ['/runtime', { runtime: 'kata' }],
    ['/healthcheck/startIntervalSeconds', { healthcheck: { test: ['CMD', 'true'], startIntervalSeconds: 1 } }],
    ['/memorySwapBytes', { memoryBytes: 1e8, memorySwapBytes: -1 }], ['/blkioWeight', { blkioWeight: 300 }], ['/maskedPaths', { maskedPaths: ['/proc/version'] }],
    ['/mounts/0/volumeOptions/driver', { mounts: [{ type: 'volume', source: 'v', target: '/v', volumeOptions: { driver: { name: 'local', options: { type: 'tmpfs', device: 'tmpfs' } } } }] }],
    ['/env/CONTAINERS_CONF', { env: { CONTAINERS_CONF: null } }]
  ]
  for (const [path, network] of [['/configOnly', { configOnly: true }], ['/ingress', { ingress: true }], ['/scope', { scope: 'swarm' }], ['/ipam/pools/0/auxAddresses', { ipam: { pools: [{ subnet: '10.98.0.0/24', auxAddresses: { a: '10.98.0.9' } }] } }]] as const) {
    t.match(await admin.post(`${HOST}/networks`, { name: 'refused', ...network }), { status: 400, body: { code: 'invalid-input', errors: [{ path }] } }, path)
  }
  for (const path of ['networks?type=custom', 'networks?scope=local']) t.match(await admin.get(`${HOST}/${path}`), { status: 400, body: { detail: /invalid filter/ } }, path)
  for (const [path, spec] of specs) t.match(await admin.post(`${HOST}/containers`, { image, ...spec }), { status: 400, body: { code: 'invalid-input', errors: [{ path }] } }, path)
})

t.test('lines of a log are whole, however they were cut', async t => {
  for (const tty of [false, true]) {
    const { id } = await made('/containers/run', { image, tty, command: ['sh', '-c', "head -c 40000 /dev/zero | tr '\\0' x; echo tail; printf 'one '; sleep 0.2; echo two; echo last"] })
    await made(`/containers/${id}/wait`)
    const lines = async (query: string) => ndjson((await admin.get(`${HOST}/containers/${id}/logs?${query}`)).text).slice(0, -1).map(({ text }) => text)
    const all = await lines('')
    t.match(all, [/^x{40000}tail$/, /^one two$/, /^last$/])
    t.same(await lines('tail=2'), all.slice(1))
    t.same(await lines('tail=3'), all)
    await gone(id)
  }
})

t.test('containers are found by their ports', async t => {
  const { id } = await made('/containers/run', { image, command: ['sleep', '600'], ports: [{ containerPort: 80, hostIp: '127.0.0.1', hostPort: 18_081 }] })
  const found = async (query: string) => (await admin.get(`${HOST}/containers?${query}`)).body.items.map(({ id }: { id: string }) => id)
  t.same(await Promise.all(['publish=18081', 'expose=80', 'publish=80', 'publish=18081&expose=81'].map(found)), [[id], [id], [], []])
  await gone(id)
})

t.test('a role with limits: processes and init are given, builds are not', async t => {
  await admin.post('/users', { username: 'pat', password: 'a password of some length' })
  await admin.post('/roles', { name: 'limited', operations: ['container.*', 'image.*', 'host.*'], limits: { pids: { max: 200, default: 100 }, cpus: { max: 1, default: 0.5 } } })
  await admin.post('/grants', { user: 'pat', role: 'limited', hosts: ['local'] })
  const pat = await admin.signIn('pat', 'a password of some length')
  const { status, body, text } = await pat.post(`${HOST}/containers`, { image, command: ['sleep', '600'], init: true, stopSignal: 'SIGINT', stopTimeoutSeconds: 3, networkMode: 'none' })
  t.equal(status, 201, text)
  t.match(await ask(engine, 'GET', `/containers/${body.id}/json`), { HostConfig: { PidsLimit: 100, Init: true } })
  t.match(await pat.patch(`${HOST}/containers/${body.id}`, { cpuQuota: 900_000 }), { status: 403, body: { errors: [{ path: '/cpuQuota' }] } }, 'a quota that is told twice is no way around')
  t.equal((await pat.patch(`${HOST}/containers/${body.id}`, { cpus: 0.8 })).status, 200)
  t.match(await pat.post(`${HOST}/containers`, { image, annotations: { 'io.podman.annotations.init': 'TRUE' } }), { status: 403 }, 'nobody writes the engine\'s own notes')
  await gone(body.id)
  const build = async (client: typeof pat) => await client.upload('POST', `${HOST}/images/build?tags=podman/built`, context(`FROM ${image}\nENV A=1`))
  t.match(await build(pat), { status: 403, body: { detail: /runs Podman/ } })
  t.match(ndjson((await build(admin)).text).at(-1), { type: 'end', result: { id: /^sha256:/ } })
})

t.test('one sample of stats has a rate of the CPU, and who does not run has none', async t => {
  const { id } = await made('/containers/run', { image, command: ['sh', '-c', 'while :; do :; done'], cpus: 0.5, networkMode: 'none' })
  const [sample, end] = ndjson((await admin.get(`${HOST}/containers/${id}/stats?stream=false`)).text)
  t.match(sample, { type: 'stats', memory: { usedBytes: Number } })
  t.not(sample.raw.preread, '0001-01-01T00:00:00Z')
  t.match(end, { type: 'end', reason: 'complete' })
  await made(`/containers/${id}/kill`)
  await made(`/containers/${id}/wait`)
  t.match(ndjson((await admin.get(`${HOST}/containers/${id}/stats?stream=false`)).text), [{ type: 'stats', cpuPercent: 0 }, { type: 'end', reason: 'complete' }])
  t.match(ndjson((await admin.get(`${HOST}/containers/${id}/stats`)).text), [{ type: 'end', reason: 'exited', exitCode: 137 }])
  await gone(id)
})

t.test('what comes back in the place of an engine is asked anew what it is', async t => {
  const address = join(folder, 'engine.sock')
  const pointTo = (socketPath: string): void => { rmSync(address, { force: true }); symlinkSync(socketPath, address) }
  pointTo(engine.socketPath)
  const connection = new Connection('moved', { socketPath: address }, new Metrics())
  t.teardown(() => { connection.close() })
  const list = async () => await connection.unary(async docker => await docker.listContainers({ all: true }), { reads: true })
  await list()
  t.match(await connection.engine(), { product: 'podman', api: '1.44' })
  await engine.kill()
  pointTo(engines[0].socketPath)
  t.type(await list().catch(list), Array)
  t.match(await connection.engine(), { product: 'docker', version: (await ask(engines[0], 'GET', '/version')).Version })
})
