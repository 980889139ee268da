/**
 * What engines of API 1.51 take and tell beyond 1.41: on an engine of 28.5 with containerd's image store, and refused in
 * words on one of 20.10.
 */
import t from 'tap'
import { Compile } from 'typebox/compile'
import { HostInfo } from '../../src/docker/system/models/host-info.js'
import { ndjson, type Answer } from '../support/client.js'
import { privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { platformImage } from '../support/platform-image.js'
import { REGISTRY, startRegistry } from '../support/registry.js'

const [newest, oldest] = await Promise.all([privateEngine(t, { kind: '28.5-containerd' }), privateEngine(t, { kind: '20.10' })])
const { admin, ann, services, spies } = await startGateway(t, { engines: [newest, oldest] })
await startRegistry(t, newest, [`${REGISTRY}/there:1`])
const PLATFORMS = ['linux/amd64', 'linux/arm/v7']
const { image } = newest

// Answers are read as what the test expects them to be.
type Json = any

const IMAGES = '/hosts/local/images'
const at = (reference: string, rest = '') => `${IMAGES}/${encodeURIComponent(reference)}${rest}`
const lastOf = (answer: Answer): Json => answer.status >= 400 ? { type: 'refusal', problem: answer.body } : ndjson(answer.text).at(-1)
const load = async (archive: Buffer, query = '') => lastOf(await admin.upload('POST', `${IMAGES}/load${query}`, new Uint8Array(archive)))
const rowOf = async (reference: string, query = ''): Promise<Json> => (await admin.get(`${IMAGES}?reference=${reference}${query}`)).body.items[0]

t.test('an image of several platforms, in a list and in an inspect', async t => {
  t.match(await load(platformImage('several:1', PLATFORMS)), { type: 'end', result: { images: ['several:1'] } })
  const row = await rowOf('several', '&manifests=true')
  t.match(row, { descriptor: { mediaType: /index/, digest: row.id }, manifests: [{ kind: 'image', platform: 'linux/amd64', available: true, containers: 0 }, { platform: 'linux/arm/v7' }] })
  t.notOk('manifests' in await rowOf('several'), 'only where they are asked for')
  const { body } = await admin.get(at('several:1', '?manifests=true'))
  t.same(body.manifests, row.manifests)
  t.equal(body.sizeBytes, row.sizeBytes, 'its size is one and the same')
  const plain = (await admin.get(at('several:1'))).body
  t.notOk('manifests' in plain || 'Manifests' in plain.raw)
  t.equal(plain.sizeBytes, row.sizeBytes)
  const arm = (await admin.get(at('several:1', '?platform=linux/arm/v7'))).body
  t.match(arm, { id: row.manifests[1].id, architecture: 'arm', variant: 'v7', labels: { platform: 'linux/arm/v7' }, sizeBytes: row.manifests[1].totalBytes })
  t.match((await admin.get(at('several:1', '/history?platform=linux/arm/v7'))).body.items, [{ createdBy: 'made for linux/arm/v7' }])
  for (const path of ['?platform=linux/s390x', '/history?platform=linux/s390x']) {
    t.match(await admin.get(at('several:1', path)), { status: 404, body: { detail: /^no such platform of the image .*: linux\/s390x$/ } }, path)
  }
  t.match(await admin.get(at('several:1', '?platform=linux/amd64&manifests=true')), { status: 400, body: { errors: [{ path: '/platform' }] } })
  t.match(await admin.get(at('several:1', '?platform=arm')), { status: 400, body: { errors: [{ path: '/platform' }] } })
  t.match((await admin.graphql('{ image(host: "local", image: "several:1", manifests: true) { manifests { platform totalBytes } descriptor { digest } } }')).data.image, { manifests: [{ platform: 'linux/amd64' }, {}], descriptor: { digest: row.id } })
})

t.test('sizes are one and the same, of whatever image', async t => {
  for (const reference of [image, 'several:1']) t.equal((await admin.get(at(reference))).body.sizeBytes, (await rowOf(reference)).sizeBytes, reference)
  const { images } = (await admin.get('/hosts/local/disk-usage?kinds=images')).body
  t.equal(images.items.find(({ tags }: Json) => tags.includes(image)).sizeBytes, (await rowOf(image)).sizeBytes)
})

t.test('one platform is pushed, saved, loaded and removed', async t => {
  const reference = `${REGISTRY}/several:1`
  await admin.post(at('several:1', '/tag'), { reference })
  const { manifests: [amd, arm] } = await rowOf('several', '&manifests=true')
  const push = async (input: object) => lastOf(await admin.post(at(reference, '/push'), input)).result
  t.match(await push({ platform: 'linux/arm/v7' }), { tag: '1', digest: arm.id, sizeBytes: arm.descriptor.sizeBytes })
  const distribution = async () => (await admin.get(`/hosts/local/distribution/${encodeURIComponent(reference)}`)).body
  t.match(await distribution(), { descriptor: { digest: arm.id }, platforms: [] })
  t.match(await push({}), { tag: '1', digest: (await rowOf('several')).id })
  t.match(await distribution(), { host: 'local', reference, descriptor: { digest: (await rowOf('several')).id, mediaType: /index/ }, platforms: PLATFORMS })

  const saved = await admin.fetch(admin.address('/hosts/local/images-archive?image=several:1&platform=linux/arm/v7'))
  const archive = Buffer.from(await saved.arrayBuffer())
  t.ok(archive.includes(arm.id.slice(7)) && !archive.includes(amd.id.slice(7)))
  await admin.delete(at(reference))
  t.match(await admin.delete(at('several:1', '?platforms=linux/amd64')), { status: 400, body: { errors: [{ path: '/force' }] } })
  t.match((await admin.delete(at('several:1', '?platforms=linux/amd64&force=true'))).body, { deleted: [amd.id] })
  t.match((await rowOf('several', '&manifests=true')).manifests, [{ platform: 'linux/amd64', available: false }, { platform: 'linux/arm/v7', available: true }])
  await admin.delete(at('several:1'))
  // Of other content: what was removed may still be on its way out.
  t.match(await load(platformImage('several:2', ['linux/386', 'linux/arm64']), '?platform=linux/arm64'), { type: 'end', result: { images: ['several:2'] } })
  const [, unpacked] = (await rowOf('several', '&manifests=true')).manifests
  t.ok(unpacked.unpackedBytes > 0, 'what was asked for is ready to run')
  t.match(await load(platformImage('several:3', PLATFORMS), '?platform=linux/s390x'), { type: 'error', problem: { detail: /linux\/s390x/ } })
})

t.test('what a push comes to: tag, digest and size, of one tag and of all', async t => {
  for (const tag of ['1', '2']) await admin.post(at(image, '/tag'), { reference: `${REGISTRY}/many:${tag}` })
  const { id } = (await admin.get(at(image))).body
  t.same(lastOf(await admin.post(at(`${REGISTRY}/many:2`, '/push'), {})).result, { reference: `${REGISTRY}/many:2`, tag: '2', digest: id, sizeBytes: (await rowOf(image)).descriptor.sizeBytes })
  const { result } = lastOf(await admin.post(at(`${REGISTRY}/many:1`, '/push'), { allTags: true }))
  t.match(result, { reference: `${REGISTRY}/many`, tags: [{ digest: id, sizeBytes: Number }, { digest: id }] })
  t.same(result.tags.map(({ tag }: Json) => tag).sort(), ['1', '2'])
})

t.test('what a registry has: for who may pull it', async t => {
  const path = `/hosts/local/distribution/${encodeURIComponent(`${REGISTRY}/there:1`)}`
  t.match((await admin.get(path)).body, { descriptor: { digest: /^sha256:/, sizeBytes: Number }, platforms: [] })
  t.equal((await admin.get(path.replace('local', 'other'))).status, 502, 'the other engine has a network of its own: nobody answers there')
  t.match(await admin.get(`${path}?registryAuth=x`), { status: 400, body: { detail: /header caisson-input/ } })
  const auth = Buffer.from(JSON.stringify({ registryAuth: { username: 'canary', password: 'canary-of-a-get' } })).toString('base64url')
  t.equal((await admin.get(path, { 'caisson-input': auth })).status, 200)
  const { id } = await services.users.byUsername('ann') as Json
  await admin.post('/roles', { name: 'asks', operations: ['image.*'], limits: { registries: ['docker.io'] } })
  await admin.post('/grants', { user: 'ann', role: 'asks', hosts: ['local'] })
  spies.local.reset()
  t.match(await ann.get(path), { status: 403, body: { detail: /no registry that you may use/ } }, id)
  t.same(spies.local.requests.map(({ url }) => url), [], 'the engine hears nothing')
})

t.test('of a container: sizes, keys, a signal for its restart, one sample at once', async t => {
  const { id } = (await admin.post('/hosts/local/containers', { image, name: 'newest', command: ['sh', '-c', 'trap "echo usr1 > /got; exit" USR1; echo x > /written; while :; do sleep 0.1; done'] })).body
  const container = `/hosts/local/containers/${id}`
  t.equal((await admin.post(`${container}/start`, { detachKeys: 'ctrl-a' })).status, 204)
  t.ok(spies.local.requests.some(({ url }) => url.endsWith('/start?detachKeys=ctrl-a')))
  const { body } = await admin.get(`${container}?size=true`)
  t.match(body, { sizeRwBytes: Number, sizeRootFsBytes: Number, logPath: /-json\.log$/, imageDescriptor: { digest: (await admin.get(at(image))).body.id } })
  t.ok(body.sizeRootFsBytes > body.sizeRwBytes && body.sizeRwBytes > 0)
  t.notOk('sizeRwBytes' in (await admin.get(container)).body)
  t.match(ndjson((await admin.get(`${container}/stats?stream=false&oneShot=true`)).text), [{ type: 'stats', memory: { usedBytes: Number } }, { type: 'end' }])
  t.match(await admin.get(`${container}/stats?oneShot=true`), { status: 400, body: { errors: [{ path: '/oneShot' }] } })
  t.equal((await admin.post(`${container}/restart`, { signal: 'USR1' })).status, 204)
  t.equal((await admin.get(`${container}/files/stat?path=/got`)).status, 200, 'it has heard the signal')
  await admin.delete(`${container}?force=true`)
})

t.test('what stood under raw alone: of a host, of a network', async t => {
  for (const [host, expected] of [
    ['local', { version: /^28\./, imageStore: 'containerd', cdiSpecDirs: [/cdi/, /cdi/], firewall: { driver: 'iptables' }, containerd: { address: /containerd\.sock$/, containersNamespace: 'moby' }, plugins: { network: Array }, runtimes: [/runc/, /runc/], defaultRuntime: 'runc', securityOptions: [/seccomp/], swarm: 'inactive' }],
    ['other', { version: /^20\.10/, imageStore: 'graphdriver', cdiSpecDirs: [], devices: [], defaultRuntime: 'runc', osType: 'linux', loggingDriver: 'json-file' }]
  ] as const) {
    const { body } = await admin.get(`/hosts/${host}/info`)
    t.same([...Compile(HostInfo).Errors(body)], [])
    t.match(body, expected)
  }
  t.notOk('firewall' in (await admin.get('/hosts/other/info')).body)
  t.same((await admin.get('/hosts/local/networks/bridge')).body.peers, [])
})

t.test('the disk by kinds, and how much of what builds have kept stays', async t => {
  for (const host of ['local', 'other']) t.same(Object.keys((await admin.get(`/hosts/${host}/disk-usage?kinds=volumes&kinds=containers`)).body).sort(), ['containers', 'volumes'], host)
  t.ok(spies.local.requests.some(({ url }) => /df\?type=volume&type=container$/.test(url)))
  const prune = async (input: object, host = 'local') => await admin.post(`/hosts/${host}/prune`, { kinds: ['buildCache'], ...input })
  const room = { buildCacheReservedBytes: 1, buildCacheMaxUsedBytes: 2, buildCacheMinFreeBytes: 3 }
  t.equal((await prune(room)).status, 200)
  t.ok(spies.local.requests.some(({ url }) => url.includes('reserved-space=1&max-used-space=2&min-free-space=3')))
  t.equal((await prune({ buildCacheReservedBytes: 1 }, 'other')).status, 200, 'what older engines know by another name')
  t.ok(spies.other.requests.some(({ url }) => url.includes('keep-storage=1')))
  t.match(await prune(room, 'other'), { status: 400, body: { errors: [{ path: '/buildCacheMaxUsedBytes', message: 'takes an engine of API 1.48 or newer; this one has 1.41' }, {}] } })
  t.match(await prune({ ...room, dryRun: true }), { status: 400, body: { errors: [{ path: '/buildCacheReservedBytes' }] } })
  t.match(await prune({ ...room, kinds: ['images'] }), { status: 400 })
})

t.test('an engine that is too old for it is not asked', async t => {
  const there = at(image).replace('local', 'other')
  const path = (path: string) => path.replace('local', 'other')
  const refused: ReadonlyArray<readonly [field: string, since: string, call: () => Promise<Answer>]> = [
    ['manifests', '1.48', async () => await admin.get(`${there}?manifests=true`)],
    ['platform', '1.49', async () => await admin.get(`${there}?platform=linux/amd64`)],
    ['platform', '1.48', async () => await admin.get(`${there}/history?platform=linux/amd64`)],
    ['platform', '1.46', async () => await admin.post(`${there}/push`, { platform: 'linux/amd64' })],
    ['platforms', '1.50', async () => await admin.delete(`${there}?platforms=linux/amd64`)],
    ['platform', '1.48', async () => await admin.get(path(`/hosts/local/images-archive?image=${image}&platform=linux/amd64`))],
    ['platform', '1.48', async () => await admin.upload('POST', path(`${IMAGES}/load?platform=linux/amd64`), new Uint8Array(platformImage('old:1', PLATFORMS)))]
  ]
  for (const [field, since, call] of refused) {
    t.match(await call(), { status: 400, body: { code: 'invalid-input', errors: [{ path: `/${field}`, message: `takes an engine of API ${since} or newer; this one has 1.41` }] } }, `${field} ${since}`)
  }
  t.match((await admin.get('/images?manifests=true')).body, { items: [{ host: 'local' }], errors: [{ host: 'other', code: 'invalid-input', detail: /API 1\.47/ }] })
  t.ok(spies.other.requests.every(({ url }) => !/platform|manifests=true/.test(url)))
})

t.test('an image that is not whole is saved by nobody', async t => {
  const tag = `${REGISTRY}/hollow:1`
  const saved = await admin.fetch(admin.address(`/hosts/other/images-archive?image=${image}`))
  const archive = Buffer.from(await saved.arrayBuffer())
  await admin.post(at(image, '/tag'), { reference: tag })
  await admin.post(at(tag, '/push'), {})
  // The same layer, unpacked by way of another image: the engine fetches it no more.
  for (const reference of (await admin.get(at(image))).body.tags) await admin.delete(at(reference, '?force=true'))
  t.match(await load(archive), { type: 'end', result: { images: [image] } })
  t.match(lastOf(await admin.post(`${IMAGES}/pull`, { reference: tag })), { type: 'end' })
  t.match((await rowOf(tag, '&manifests=true')).manifests, [{ available: false }])
  t.match(await admin.get(`/hosts/local/images-archive?image=${encodeURIComponent(tag)}`), { status: 409, body: { code: 'conflict', detail: /is not whole on this host/ } })
  const sent = await services.hosts.get('local').images.save([tag], undefined, AbortSignal.timeout(10_000))
  await t.rejects(sent.resume().toArray(), { code: 'engine-error', detail: /left out blobs\/sha256/ }, 'an older engine does not say so beforehand')
  const whole = await admin.fetch(admin.address(`/hosts/local/images-archive?image=${image}`))
  t.ok((await whole.arrayBuffer()).byteLength > 1_000_000)
})

t.test('a load tells its progress where the engine gives some', async t => {
  const saved = await admin.fetch(admin.address(`/hosts/other/images-archive?image=${image}`))
  const archive = new Uint8Array(await saved.arrayBuffer())
  t.equal((await admin.delete(`/hosts/other/images/${encodeURIComponent(image)}?force=true`)).status, 200)
  const events = ndjson((await admin.upload('POST', '/hosts/other/images/load', archive)).text)
  t.match(events.find(({ type }) => type === 'progress'), { id: /^[0-9a-f]{12}$/, status: 'Loading layer', current: Number, total: Number })
  t.match(events.at(-1), { type: 'end', result: { images: [image] } })
})
