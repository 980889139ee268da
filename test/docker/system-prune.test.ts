import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { here, speaks } from '../support/differences.js'
import { image, privateEngine } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'

const engine = await privateEngine(t)
const { admin, spies } = await startGateway(t, { engines: [engine] })
t.teardown(async () => await call(engine, 'DELETE', '/containers/stays?force=true'))

type Json = any
const made = async (path: string, body: object): Promise<Json> => {
  const answer = await admin.post(`/hosts/local${path}`, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`)
  return answer.body
}
const build = async (query: string, dockerfile: string, file: string) =>
  await ask(engine, 'POST', `/build?${query}`, { body: context(dockerfile, { path: 'file', data: file }), type: 'application/x-tar' }).catch(() => {})
const network = async (name: string, subnet: string, labels: object) => await made('/networks', { name, internal: true, ipam: { pools: [{ subnet }] }, labels })

/** Of each kind: what goes with the label, what goes only without it, and what stays. */
async function fill (): Promise<void> {
  const labels = { gone: 'yes' }
  await network('net-held', '10.86.1.0/24', labels)
  await network('net-labelled', '10.86.2.0/24', labels)
  await network('net-other', '10.86.3.0/24', {})
  await made('/networks', { name: 'net-config', configOnly: true, ipam: { pools: [{ subnet: '10.86.4.0/24' }] }, labels })
  await made('/volumes', { name: 'vol-held', labels })
  await made('/volumes', { name: 'vol-labelled', labels })
  await made('/volumes', { name: 'vol-other' })
  await made('/volumes', { name: 'vol-elsewhere', options: { type: 'tmpfs', device: 'tmpfs' }, labels })
  await made('/containers/run', { image, name: 'stays', command: ['sleep', '600'], networks: { 'net-held': {} }, binds: ['vol-held:/held'], labels })
  const write = ['sh', '-c', 'head -c 70000 /dev/urandom > /own; head -c 5000 /dev/urandom > /labelled/file; head -c 3000 /dev/urandom > /other/file; head -c 2000 /dev/urandom > /nameless/file']
  await made('/containers/run', { image, name: 'ended', command: write, binds: ['vol-labelled:/labelled', 'vol-other:/other'], volumes: ['/nameless'], networks: { 'net-labelled': {} }, labels, wait: true })
  await made('/containers', { image, name: 'never-started' })
  // Each build under a name that the next takes away: images without a name, of several steps.
  await build('t=prune/loose', `FROM ${image}\nLABEL gone=yes step=1\nCOPY file /file\nENV A=1\nCOPY file /again`, 'first')
  await build('t=prune/loose', `FROM ${image}\nLABEL step=2\nCOPY file /file\nENV B=1`, 'second, and longer')
  await build('t=prune/loose', `FROM ${image}\nLABEL gone=yes\nCOPY file /file`, 'the third keeps the name')
  await made('/containers', { image: 'prune/loose', name: 'of-loose', labels: { gone: 'no', keep: 'this' } })
  await build('t=prune/named', `FROM ${image}\nCOPY file /named`, 'nobody uses it')
  await build('version=2&t=prune/kept', 'FROM scratch\nCOPY file /file', 'what the builder has kept')
}

const sorted = ({ dryRun: _, ...answer }: Json): Json => Object.fromEntries(Object.entries(answer).map(([kind, value]: [string, Json]) =>
  [kind, Array.isArray(value?.removed) ? { ...value, removed: value.removed.toSorted() } : value]))

const standing = async () => await Promise.all(['/containers/json?all=1', '/networks', '/volumes', '/images/json?all=1'].map(async path => {
  const list = await ask(engine, 'GET', path)
  return (list.Volumes ?? list).map((item: Json) => item.Id ?? item.Name).toSorted()
}))

/** As far as the engine tells it before. */
const promised = ({ reclaimedBytes, images, ...answer }: Json): Json => here('promisesImageBytes')
  ? { reclaimedBytes, images, ...answer }
  : { images: images?.removed, ...answer }

async function compared (t: Test, order: object): Promise<Json> {
  const before = await standing()
  spies.local.reset()
  const dry = await made('/prune', { ...order, dryRun: true })
  t.same(spies.local.requests.filter(({ method }) => method !== 'GET'), [], 'the dry run only looks')
  t.same(await standing(), before, 'and changes nothing')
  const real = await made('/prune', order)
  t.equal(dry.dryRun, true)
  t.equal(real.dryRun, false)
  t.same(promised(sorted(dry)), promised(sorted(real)), 'what would go is what went, and so are its bytes')
  return real
}

await fill()

t.test('disk usage is told while containers come and go', async t => {
  const done = new AbortController()
  const coming = Array.from({ length: 3 }, async () => {
    while (!done.signal.aborted) {
      await made('/containers/run', { image, command: ['true'], wait: true, remove: true })
      // An engine where something is always being removed never counts.
      await sleep(500)
    }
  })
  const asked = Array.from({ length: 20 }, async () => await admin.get('/hosts/local/disk-usage'))
  t.same((await Promise.all(asked)).map(({ status }) => status).filter(status => status !== 200), [])
  for (let turn = 0; turn < 20; turn++) {
    t.match(await admin.get('/hosts/local/disk-usage'), { status: 200, text: /containers/ })
    t.match(await admin.get('/hosts/local/containers?size=true&all=true'), { status: 200, text: /stays/ })
  }
  done.abort()
  await Promise.all(coming)
})

t.test('disk usage tells of each kind what it takes', async t => {
  const { status, body } = await admin.get('/hosts/local/disk-usage')
  t.equal(status, 200)
  const written = body.containers.items.find(({ name }: Json) => name === 'ended').sizeBytes
  t.equal(written, here('writtenBytes'))
  t.match(body.containers, { count: 4, activeCount: 1 })
  t.ok(body.containers.reclaimableBytes >= here('writtenBytes'))
  const volume = (name: string) => body.volumes.items.find((item: Json) => item.name === name)
  t.match(volume('vol-labelled'), { sizeBytes: 5000, containers: 1 })
  t.match(volume('vol-held'), { containers: 1 })
  t.match(volume('vol-elsewhere'), undefined, 'the engine leaves out what is not on its disk')
  const named = (tag: string) => body.images.items.find(({ tags }: Json) => tags.includes(tag))
  t.match(named(image), { containers: 3 })
  t.ok(named('prune/loose:latest').sharedBytes > 0)
  t.ok(body.images.reclaimableBytes > 0)
  t.ok(body.buildCache.count > 0 && body.buildCache.sizeBytes > 0)
})

t.test('with a label: what a dry run tells is what goes', async t => {
  const { containers, networks, volumes, images, buildCache } = await compared(t, { kinds: ['containers', 'networks', 'images', 'volumes', 'buildCache'], allVolumes: true, label: ['gone=yes'] })
  t.equal(containers.removed.length, 1)
  t.equal(containers.reclaimedBytes, here('writtenBytes'))
  t.same(networks.removed, ['net-labelled'])
  t.match(volumes, { removed: ['vol-labelled'], reclaimedBytes: 5000 })
  t.ok(images.removed.length > 1, 'with its steps')
  t.same(buildCache, { removed: [], reclaimedBytes: 0 }, 'it has no labels')
})

t.test('without: the usual kinds, which leave volumes and names alone', async t => {
  const { containers, networks, volumes, images, buildCache } = await compared(t, { labelNot: ['keep'], kinds: ['containers', 'networks', 'images'] })
  t.equal(containers.removed.length, 1)
  t.same(networks.removed, ['net-other'])
  t.ok(images.removed.length > 0)
  t.same(volumes.removed, [])
  t.same(buildCache.removed, [])
  const rest = await compared(t, {})
  t.equal(rest.containers.removed.length, 1, 'the one with the other label')
  t.ok(rest.buildCache.removed.length > 0)
  t.same((await admin.get('/hosts/local/images')).body.items.flatMap(({ tags }: Json) => tags).toSorted(), [image, 'prune/kept:latest', 'prune/loose:latest', 'prune/named:latest'].toSorted())
})

t.test('everything', async t => {
  const { volumes, images, reclaimedBytes } = await compared(t, { kinds: ['containers', 'networks', 'images', 'volumes', 'buildCache'], allImages: true, allVolumes: true })
  t.equal(volumes.removed.length, 2, 'the other and the one without a name')
  t.equal(volumes.reclaimedBytes, 5000)
  t.equal(images.removed.length, 4, 'one with a step')
  t.ok(reclaimedBytes > 5000)
  t.same((await admin.get('/hosts/local/images')).body.items.flatMap(({ tags }: Json) => tags), [image])
  t.same((await admin.get('/hosts/local/networks?type=custom')).body.items.map(({ name }: Json) => name), ['net-config', 'net-held'])
  t.same((await admin.get('/hosts/local/volumes')).body.items.map(({ name }: Json) => name), ['vol-elsewhere', 'vol-held'])
})

t.test('a time, and what does not go together', async t => {
  await made('/volumes', { name: 'young' })
  await made('/containers', { image, name: 'young' })
  t.match(await compared(t, { until: '1h' }), { containers: { removed: [] } })
  t.match(await compared(t, { until: new Date(Date.now() + 60_000).toISOString() }), { containers: { removed: [/./] } })
  for (const [order, path] of [[{ kinds: ['volumes'], until: '1h', allVolumes: true }, '/until'], ...(speaks('1.42') ? [] : [[{ kinds: ['volumes'] }, '/allVolumes']] as const), [{ kinds: [] }, '/kinds'], [{ kinds: ['swarms'] }, '/kinds/0']] as const) {
    for (const dryRun of [true, false]) {
      t.match(await admin.post('/hosts/local/prune', { ...order, dryRun }), { status: 400, body: { code: 'invalid-input', errors: [{ path }] } }, path)
    }
  }
})
