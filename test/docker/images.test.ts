import { once } from 'node:events'
import http from 'node:http'
import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import { here } from '../support/differences.js'
import { ndjson, type Answer } from '../support/client.js'
import { image, privateEngine } from '../support/engines.js'
import { context, savedImage } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'
import { leaveAfter, nothingUnderWay } from '../support/leaving.js'

const engine = await privateEngine(t)
const { admin, spies } = await startGateway(t, { engines: [engine, engine] })
const IMAGES = '/hosts/local/images'

const at = (reference: string, rest = '') => `${IMAGES}/${encodeURIComponent(reference)}${rest}`
const lastOf = (answer: Answer) => ndjson(answer.text).at(-1)

let made = 0

/** An image that is like no other, down to its only layer. */
async function imported (reference: string | undefined, labels: string[] = []): Promise<string> {
  const query = new URLSearchParams(reference === undefined ? {} : { reference })
  for (const label of labels) query.append('changes', `LABEL ${label}`)
  const files = tar([{ path: 'made', data: `${made++} `.repeat(1000) }])
  const end = lastOf(await admin.upload('POST', `${IMAGES}/import?${query}`, new Uint8Array(files)))
  if (end.type !== 'end') throw new Error(JSON.stringify(end))
  return end.result.id as string
}

async function built (dockerfile: string, query = ''): Promise<string> {
  const end = lastOf(await admin.upload('POST', `${IMAGES}/build${query}`, new Uint8Array(context(dockerfile))))
  if (end.type !== 'end') throw new Error(JSON.stringify(end))
  return end.result.id as string
}

const ids = ({ body }: Answer): string[] => body.items.map(({ id }: { id: string }) => id)

t.test('every filter of the list', async t => {
  const one = await imported('filters/a:1', ['kind=one'])
  const two = await imported('filters/a:2', ['kind=two'])
  const three = await imported(undefined, ['kind=three'])
  const list = async (query: string) => ids(await admin.get(`${IMAGES}?label=kind&${query}`))
  t.same((await list('')).sort(), [one, two, three].sort())
  t.same(await list('dangling=true'), [three])
  t.same((await list('dangling=false')).sort(), [one, two].sort())
  t.same(await list('label=kind=two'), [two])
  t.same((await list('labelNot=kind=two')).sort(), [one, three].sort())
  t.same(await list('labelNot=kind=two&labelNot=kind=three&labelNot=absent'), [one], 'with none of them')
  t.same(await list('labelNot=kind'), [])
  t.same(await list('reference=filters/*:1'), [one])
  t.same((await list('reference=filters/*:1&reference=filters/a:2')).sort(), [one, two].sort())
  t.same((await list('since=filters/a:1')).sort(), [two, three].sort())
  t.same(await list(`since=filters/a:1&before=${three}`), [two])
  t.same(await list('until=1h'), [], 'nothing is an hour old')
  t.equal((await list(`until=${encodeURIComponent(new Date(Date.now() + 5000).toISOString())}`)).length, 3)
  t.same(await list('all=true&sharedSize=true&dangling=true'), [three])
  t.match(await admin.get(`${IMAGES}?since=no-such-image`), { status: 404, body: { code: 'not-found', detail: /no-such-image/ } })
  t.match(await admin.get(`${IMAGES}?colour=red`), { status: 400, body: { errors: [{ path: '/colour' }] } })
  t.match(await admin.get(`${IMAGES}?until=yesterday`), { status: 400, body: { errors: [{ path: '/until' }] } })
  t.match((await admin.graphql('{ images(label: ["kind"], dangling: true) { items { imageId tags } errors { code } } }')).data.images, { items: [{ imageId: three, tags: [] }, { imageId: three }], errors: [] }, 'both names of this engine')
})

t.test('what an inspect and a history tell', async t => {
  const id = await built(`FROM ${image}
MAINTAINER somebody
LABEL a=b "with space"="c d"
ENV KEY=value
EXPOSE 80/tcp 53/udp
VOLUME /data
USER 1000
WORKDIR /work
SHELL ["/bin/sh", "-c"]
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=1500ms --retries=2 CMD true
ONBUILD RUN echo later
ENTRYPOINT ["/bin/echo"]
CMD ["hello"]
`, '?tags=inspected:1')
  const { body } = await admin.get(at('inspected:1'))
  t.match(body, {
    id,
    parentId: /^sha256:/,
    tags: ['inspected:1'],
    createdAt: /^20\d\d-/,
    lastTaggedAt: /^20\d\d-.*Z$/,
    architecture: 'amd64',
    os: 'linux',
    author: 'somebody',
    labels: { a: 'b', 'with space': 'c d' },
    env: { KEY: 'value' },
    volumes: ['/data'],
    user: '1000',
    workingDir: '/work',
    shell: ['/bin/sh', '-c'],
    stopSignal: 'SIGINT',
    healthCheck: { test: ['CMD-SHELL', 'true'], intervalSeconds: 5, timeoutSeconds: 1.5, retries: 2 },
    onBuild: ['RUN echo later'],
    entrypoint: ['/bin/echo'],
    command: ['hello'],
    raw: { Id: id, Config: { StopSignal: 'SIGINT' } }
  })
  t.same(body.exposedPorts.sort(), ['53/udp', '80/tcp'])
  const { items } = (await admin.get(at('inspected:1', '/history'))).body
  t.match(items[0], { id, createdBy: /LABEL dev\.caisson\.owner=/, sizeBytes: 0, comment: '', tags: ['inspected:1'], createdAt: /Z$/ })
  t.match(items[1], { createdBy: /CMD \["hello"\]/ })
  t.match(items.at(-1), { sizeBytes: Number, tags: [image] }, 'the base at the end')
  await admin.upload('POST', `${IMAGES}/load`, new Uint8Array(savedImage('undated:1')))
  const undated = (await admin.get(at('undated:1'))).body
  t.notOk('createdAt' in undated, 'an image that does not say when it was made')
  t.same((await admin.get(`${IMAGES}?reference=undated`)).body.items.map((item: object) => 'createdAt' in item), [false])
})

t.test('times are UTC, to the digit, wherever the image was made', async t => {
  for (const [name, created, utc] of [['offset:1', '2024-02-29T23:30:00.123456789-03:30', '2024-03-01T03:00:00.123456789Z'], ['offset:2', '2024-01-01T00:15:00+05:45', '2023-12-31T18:30:00Z']] as const) {
    await admin.upload('POST', `${IMAGES}/load`, new Uint8Array(savedImage(name, created)))
    t.equal((await admin.get(`${IMAGES}/${name}`)).body.createdAt, utc)
  }
})

t.test('names: given, taken away, in the way of a removal', async t => {
  const id = await imported('names/a:1')
  t.equal((await admin.post(at('names/a:1', '/tag'), { reference: 'localhost:5000/names/b' })).status, 204)
  t.equal((await admin.post(at(id, '/tag'), { reference: 'names/a:1' })).status, 204, 'a name that it has')
  t.same((await admin.get(at(id))).body.tags.sort(), ['localhost:5000/names/b:latest', 'names/a:1'])
  for (const reference of ['Upper', 'a b', 'a:b:c', '', 'a/', '../x', 'a@sha256:'.padEnd(73, '0'), 'x?y', '0'.repeat(64), 7]) {
    t.match(await admin.post(at(id, '/tag'), { reference }), { status: 400, body: { code: 'invalid-input' } }, String(reference))
  }
  t.match(await admin.delete(at(id)), { status: 409, body: { code: 'conflict', detail: /must be forced/ } }, 'several names, by id')
  t.match((await admin.delete(at('names/a:1'))).body, { untagged: ['names/a:1'], deleted: [] })
  t.match((await admin.get(at(id))).body.tags, ['localhost:5000/names/b:latest'])

  const { body: container } = await admin.post('/hosts/local/containers', { image: 'localhost:5000/names/b', name: 'in-the-way', command: ['x'] })
  t.match(await admin.delete(at('localhost:5000/names/b')), { status: 409, body: { code: 'conflict', detail: /is using/ } }, 'in use')
  await admin.delete(`/hosts/local/containers/${container.id}`)
  t.match((await admin.delete(at(id, '?force=true'))).body, { untagged: ['localhost:5000/names/b:latest'], deleted: here('tellsLayers') ? [id, /^sha256:/] : [id] })
  t.match(await admin.get(at(id)), { status: 404, body: { detail: `no such image: ${id}` } })
})

t.test('prune', async t => {
  const before = ids(await admin.get(IMAGES)).length
  const [dangling, kept, named] = [await imported(undefined, ['prune=yes', 'a=1']), await imported(undefined, ['prune=yes', 'a=2']), await imported('prune:named', ['prune=yes', 'a=3'])]
  const prune = async (input: object) => (await admin.post(`${IMAGES}/prune`, input)).body
  t.match(await prune({ label: ['prune=yes'], until: '1h' }), { removed: { untagged: [], deleted: [] }, reclaimedBytes: 0 }, 'all too young')
  const first = await prune({ label: ['prune=yes'], labelNot: ['a=2'] })
  t.ok(first.removed.deleted.includes(dangling))
  t.ok(first.reclaimedBytes > 0)
  t.equal((await admin.get(at(kept))).status, 200, 'spared by its label')
  t.equal((await admin.get(at(named))).status, 200, 'spared by its name')
  const all = await prune({ all: true, label: ['prune=yes'] })
  t.match(all.removed.untagged, ['prune:named'])
  t.ok(all.removed.deleted.includes(kept) && all.removed.deleted.includes(named))
  t.equal(ids(await admin.get(IMAGES)).length, before)
  t.match(await admin.post(`${IMAGES}/prune`, { until: 'soon' }), { status: 400 })
  t.match(await admin.post(`${IMAGES}/prune`, { dangling: true }), { status: 400, body: { errors: [{ path: '/dangling' }] } })
})

async function saved (...references: string[]): Promise<{ status: number, type: string | null, bytes: Buffer }> {
  const response = await admin.fetch(admin.address(`/hosts/local/images-archive?${new URLSearchParams(references.map((image): [string, string] => ['image', image]))}`))
  return { status: response.status, type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) }
}

const load = async (body: Buffer) => await admin.upload('POST', `${IMAGES}/load`, new Uint8Array(body))

t.test('what was saved is loaded with the same ids', async t => {
  const one = await imported('saved/one:1', ['saved=1'])
  const two = await imported('saved/two:1', ['saved=2'])
  const both = await saved('saved/one:1', 'saved/two:1')
  t.match(both, { status: 200, type: 'application/x-tar' })
  const bare = await saved(one)
  for (const id of [one, two]) await admin.delete(at(id))
  t.equal((await admin.get(at('saved/one:1'))).status, 404)
  t.match(lastOf(await load(bare.bytes)), { type: 'end', reason: 'complete', result: { images: [one], upload: { entries: Number, bytes: Number, unterminated: false } } }, 'an id is loaded without a name')
  t.same((await admin.get(at(one))).body.tags, [])
  const events = ndjson((await load(both.bytes)).text)
  t.same(events.at(-1).result.images.sort(), ['saved/one:1', 'saved/two:1'])
  t.ok(events.some(({ type, text }) => type === 'step' && text === 'Loaded image: saved/two:1'), 'told as lines')
  t.equal(events.some(({ type, total }) => type === 'progress' && total > 0), here('tellsLoading'), 'and as progress')
  t.equal((await admin.get(at('saved/one:1'))).body.id, one)
  t.equal((await admin.get(at('saved/two:1'))).body.id, two)

  const missing = await admin.get('/hosts/local/images-archive?image=saved/one:1&image=no-such-image')
  t.match(missing, { status: 404, body: { code: 'not-found', detail: /no-such-image/ } }, 'refused before the first byte')
  t.match(await admin.get('/hosts/local/images-archive'), { status: 400, body: { errors: [{ path: '/image' }] } })
})

t.test('an upload that ends between two entries is taken, and the end says so', async t => {
  const files = tar([{ path: 'Dockerfile', data: 'FROM scratch\nCOPY a /a\n' }, { path: 'a', data: 'hello' }])
  const [entries, bytes] = [2, 28]
  for (const [what, archive] of Object.entries({ import: files, build: files, load: savedImage('unterminated:1') })) {
    const upload = async (body: Buffer) => lastOf(await admin.upload('POST', `${IMAGES}/${what}`, new Uint8Array(body))).result.upload
    const whole = await upload(archive)
    t.match(whole, { unterminated: false, ...(what === 'load' ? {} : { entries, bytes }) }, what)
    t.same(await upload(archive.subarray(0, -1024)), { ...whole, unterminated: true }, `${what}, without its end`)
  }
})

t.test('a platform that was asked for is what comes, or nothing takes the name', async t => {
  const before = await imported('platform/made:1')
  const files = tar([{ path: 'Dockerfile', data: 'FROM scratch\nLABEL a=b\n' }])
  const make = async (what: string, platform: string) => lastOf(await admin.upload('POST', `${IMAGES}/${what}platform=${platform}`, new Uint8Array(files)))
  let refused = 0
  for (const what of ['import?reference=platform/made:1&', 'build?tags=platform/made:1&']) {
    const other = await make(what, 'linux/s390x')
    const named = (await admin.get(at('platform/made:1'))).body
    if (other.type === 'end') {
      t.match(named, { id: other.result.id, architecture: 's390x' }, what)
      await admin.post(at(before, '/tag'), { reference: 'platform/made:1' })
      continue
    }
    refused++
    t.match(other.problem, { code: 'unprocessable', detail: /was asked for linux\/s390x, and the engine made an image for linux\/\w+: it is on the host as sha256:/, errors: [{ path: '/platform' }] }, what)
    t.equal(named.id, before, `${what} leaves the name where it was`)
    const [id] = /sha256:\w+/.exec(other.problem.detail) ?? []
    t.match((await admin.get(at(String(id)))).body, { id, tags: [] })
    const { id: own } = (await make(what, 'linux/amd64')).result
    t.equal((await admin.get(at('platform/made:1'))).body.id, own, `${what}, for what the engine makes`)
    await admin.post(at(before, '/tag'), { reference: 'platform/made:1' })
  }
  t.equal(refused, { '20.10': 2, podman: 0 }[engine.kind as string] ?? 1, 'Docker\'s classic builder makes this for its own platform, and 20.10 imports for no other')
})

t.test('archives that are no good', async t => {
  const before = ids(await admin.get(`${IMAGES}?all=true`))
  const whole = savedImage('cut-off:1')
  const refused = async (answer: Answer, what: string) => {
    t.match(answer.status >= 400 ? answer.body : lastOf(answer).problem, { code: /engine-error|invalid-input|unprocessable/, detail: /./ }, what)
  }
  await refused(await load(whole.subarray(0, 2048 + 100)), 'cut off inside the layer')
  await refused(await load(whole.subarray(0, 512)), 'cut off behind its first header')
  await refused(await load(Buffer.from('this is no tar, however long it is '.repeat(100))), 'no tar')
  await refused(await load(tar([{ path: 'motd', data: 'hello' }])), 'a tar of something else')
  await refused(await load(tar([{ path: 'manifest.json', data: '[{"Config":"../../etc/passwd","RepoTags":["climbs:1"],"Layers":[]}]' }])), 'a manifest that climbs out')
  await refused(await admin.upload('POST', `${IMAGES}/import?reference=cut-off:2`, new Uint8Array(tar([{ path: 'a', data: Buffer.alloc(4096) }]).subarray(0, 2000))), 'an import that is cut off')
  t.same(ids(await admin.get(`${IMAGES}?all=true`)), before, 'nothing of it is there')
  t.match(await admin.send('POST', `${IMAGES}/load`), { status: 400, body: { code: 'invalid-input' } }, 'no body at all')
  t.match(await admin.upload('POST', `${IMAGES}/load?quiet=true`, new Uint8Array(whole)), { status: 400, body: { errors: [{ path: '/quiet' }] } })
})

t.test('a client that leaves a save or a load', async t => {
  const large = tar([{ path: 'zeros', data: Buffer.alloc(48 * 1024 * 1024, 'x') }])
  await admin.upload('POST', `${IMAGES}/import?reference=large:1`, new Uint8Array(large))
  await admin.get(at('large:1'))
  const open = spies.local.open
  await leaveAfter(admin, 'GET', '/hosts/local/images-archive?image=large:1', () => true)
  t.ok(await nothingUnderWay(spies.local, open), `save: ${spies.local.open} connections, ${open} before`)

  const archive = (await saved('large:1')).bytes
  await admin.delete(at('large:1'))
  const before = ids(await admin.get(`${IMAGES}?all=true`))
  const opened = spies.local.open
  const controller = new AbortController()
  const body = new ReadableStream({ start (stream) { stream.enqueue(new Uint8Array(archive.subarray(0, 1024 * 1024))) } })
  const init = { method: 'POST', body, duplex: 'half' as const, signal: controller.signal, headers: { 'content-type': 'application/x-tar' } }
  spies.local.reset()
  const answer = admin.fetch(admin.address(`${IMAGES}/load`), init).catch(() => {})
  await spies.local.seen(({ url }) => url.startsWith('/images/load'))
  controller.abort()
  await answer
  t.ok(await nothingUnderWay(spies.local, opened), `load: ${spies.local.open} connections, ${opened} before`)
  if (here('leavesNothingOfALoad')) t.same(ids(await admin.get(`${IMAGES}?all=true`)), before, 'nothing half-made')
})

/** A path as it stands: `fetch` would resolve its dots. */
async function raw (method: string, path: string, body?: object): Promise<number> {
  const request = http.request(admin.url, { method, path: `/api/v1${path}`, headers: { ...admin.headers, 'content-type': 'application/json' } })
  const [answer] = await once(request.end(body === undefined ? undefined : JSON.stringify(body)), 'response')
  answer.resume()
  return answer.statusCode
}

t.test('names that would be something else in a path', async t => {
  spies.local.reset()
  for (const name of ['..', '.', '../containers/x', 'a/../b', 'a//b', '/a', 'a?force=1', 'a#b', '%2e%2e', 'a%2fb', 'a%00', 'a\\b', 'A', 'a b', 'ä', '-a']) {
    for (const [method, path, body] of [
      ['GET', at(name)], ['GET', at(name, '/history')], ['DELETE', at(name)],
      ['POST', at(name, '/tag'), { reference: 'x' }], ['POST', at(name, '/push'), {}],
      ['GET', `/hosts/local/images-archive?image=${encodeURIComponent(name)}`],
      ['GET', `${IMAGES}?before=${encodeURIComponent(name)}`],
      ['POST', `${IMAGES}/pull`, { reference: name }]
    ] as const) {
      const status = await raw(method, path, body)
      t.ok([400, 404].includes(status), `${method} ${path}: ${status}`)
    }
  }
  t.equal(spies.local.bytes, 0, 'the engine heard nothing')
  t.equal((await call(engine, 'GET', '/_ping')).status, 200)
})
