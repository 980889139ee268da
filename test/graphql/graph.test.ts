import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { writeGlobalId } from '../../src/graphql/nodes/global-id.js'
import { image, privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const engine = await privateEngine(t)
const { admin, ann, services, spies } = await startGateway(t, { engines: [engine, engine] })

const made = async (path: string, body: object) => {
  const answer = await admin.post(`/hosts/local${path}`, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`)
}

const NAMES = ['one', 'two', 'three']
t.teardown(async () => { for (const name of NAMES) await call(engine, 'DELETE', `/containers/${name}?force=true`) })
await made('/networks', { name: 'net', ipam: { pools: [{ subnet: '10.87.1.0/24' }] } })
await made('/volumes', { name: 'vol' })
for (const name of NAMES) {
  await made('/containers/run', {
    image, name, command: ['sh', '-c', 'for i in 1 2 3; do echo line $i; done; touch /touched; exec sleep 600'], networks: { net: {} }, binds: ['vol:/vol'], ports: [{ containerPort: 80, hostIp: '127.0.0.1' }]
  })
}

/** The paths that the engine was asked for, without their queries, each with how often. */
const heard = (): Record<string, number> => {
  const paths = spies.local.requests.map(({ method, url }) => `${method} ${url.split('?')[0] ?? ''}`)
  return Object.fromEntries([...new Set(paths)].map(path => [path, paths.filter(other => other === path).length]))
}

const asked = async (query: string) => {
  spies.local.reset()
  const { data, errors } = await admin.graphql(query)
  return { data, errors, heard: heard() }
}

t.test('containers to image, networks, volumes and host: one call for each list, however many rows', async t => {
  const { data, errors, heard } = await asked(`{ containers(host: "local") { items {
    name ports { containerPort } imageSummary { tags } networkSummaries { name driver } volumeSummaries { name } hostSummary { reachable } } } }`)
  t.same(errors, [])
  t.equal(data.containers.items.length, 3)
  for (const item of data.containers.items) {
    t.match(item, { ports: [{ containerPort: 80 }], imageSummary: { tags: [image] }, networkSummaries: [{ name: 'net', driver: 'bridge' }], volumeSummaries: [{ name: 'vol' }], hostSummary: { reachable: true } })
  }
  t.same(heard, { 'GET /containers/json': 1, 'GET /images/json': 1, 'GET /networks': 1, 'GET /volumes': 1, 'GET /version': 1 })
})

t.test('and back: images, networks and volumes to their containers share one list', async t => {
  const { data, errors, heard } = await asked(`{
    images(host: "local") { items { tags containerSummaries { name } } }
    networks(host: "local") { items { name containerSummaries { name imageSummary { id } } } }
    volumes(host: "local") { items { name containerSummaries { name } } } }`)
  t.same(errors, [])
  const names = (items: Array<{ name?: string, tags?: string[], containerSummaries: Array<{ name: string }> }>, wanted: string) =>
    items.find(({ name, tags }) => name === wanted || tags?.includes(wanted))?.containerSummaries.map(({ name }) => name).toSorted()
  t.same(names(data.images.items, image), NAMES.toSorted())
  t.same(names(data.networks.items, 'net'), NAMES.toSorted())
  t.same(names(data.networks.items, 'host'), [])
  t.same(names(data.volumes.items, 'vol'), NAMES.toSorted())
  t.same(heard, { 'GET /containers/json': 1, 'GET /images/json': 2, 'GET /networks': 1, 'GET /volumes': 1 }, 'images as they were listed, and all of them for the relation')
})

t.test('a container in full has the same relations', async t => {
  const { data, errors } = await asked(`{
    container(host: "local", id: "one") { imageSummary { tags } networkSummaries { name } volumeSummaries { name } hostSummary { name } }
    image(host: "local", image: "${image}") { containerSummaries { name } history { items { sizeBytes } } }
    network(host: "local", network: "net") { containerSummaries { name } hostSummary { name } }
    volume(host: "local", volume: "vol") { containerSummaries { name } } }`)
  t.same(errors, [])
  t.match(data, {
    container: { imageSummary: { tags: [image] }, networkSummaries: [{ name: 'net' }], volumeSummaries: [{ name: 'vol' }], hostSummary: { name: 'local' } },
    image: { history: { items: [{ sizeBytes: Number }] } },
    network: { hostSummary: { name: 'local' } }
  })
  for (const { containerSummaries } of [data.image, data.network, data.volume]) t.equal(containerSummaries.length, 3)
})

t.test('hosts to everything on them', async t => {
  const { data, errors, heard } = await asked(`{ host(host: "local") { name
    containers { items { name } } images { items { tags } } networks(type: [custom]) { items { name endpoints { name } } } volumes { items { name raw } } info { cpus } } }`)
  t.same(errors, [])
  t.match(data.host, { name: 'local', networks: { items: [{ name: 'net' }] }, volumes: { items: [{ name: 'vol', raw: { Name: 'vol' } }] }, info: { cpus: Number } })
  t.same(data.host.networks.items[0].endpoints.map(({ name }: { name: string }) => name).toSorted(), NAMES.toSorted())
  t.equal(heard['GET /info'], 1)
})

t.test('rows to logs, processes, changes and stats: one admitted call each', async t => {
  await services.journal.flush()
  const before = (await services.journal.list({ limit: 1 })).items[0]?.seq ?? 0
  const { data, errors, heard } = await asked('{ containers(host: "local") { items { name logs(tail: 2) { text stream } top(psArgs: "-o pid,comm") { processes } changes { items { path } } stats { pids } } } }')
  t.same(errors, [])
  for (const item of data.containers.items) {
    t.match(item, { logs: [{ text: 'line 2', stream: 'stdout' }, { text: 'line 3' }], top: { processes: [[/^\d+$/, 'sleep']] }, stats: { pids: 1 } })
    t.ok(item.changes.items.some(({ path }: { path: string }) => path === '/touched'))
  }
  t.equal(Object.entries(heard).filter(([path]) => path.endsWith('/logs')).length, 3)
  await services.journal.flush()
  const calls = (await services.journal.list({ limit: 100 })).items.filter(({ seq }) => seq > before).map(({ operation }) => operation)
  for (const name of ['container.logs', 'container.top', 'container.diff', 'container.stats']) t.equal(calls.filter(call => call === name).length, 3, name)
  t.equal(calls.filter(call => call === 'container.list').length, 1)
})

t.test('a list, an inspect and a relation tell of one object by one id', async t => {
  const { data, errors } = await asked(`{
    containers(host: "local") { items { id name } } images(host: "local") { items { id } } networks(host: "local") { items { id name } } volumes(host: "local") { items { id name } } hosts { items { id name } }
    container(host: "local", id: "one") { id containerId imageSummary { id } networkSummaries { id } volumeSummaries { id } hostSummary { id } }
    image(host: "local", image: "${image}") { id containerSummaries { id } } network(host: "local", network: "net") { id } volume(host: "local", volume: "vol") { id } host(host: "local") { id containers { items { id } } } }`)
  t.same(errors, [])
  const idOf = (items: Array<{ id: string, name: string }>, wanted: string) => items.find(({ name }) => name === wanted)?.id
  const { container, network, volume, host } = data
  t.equal(container.id, idOf(data.containers.items, 'one'))
  t.equal(container.id, writeGlobalId({ type: 'Container', rest: `local:${container.containerId}` }))
  t.match(container, { imageSummary: { id: data.image.id }, networkSummaries: [{ id: network.id }], volumeSummaries: [{ id: volume.id }], hostSummary: { id: host.id } })
  t.same([network.id, volume.id, host.id], [idOf(data.networks.items, 'net'), idOf(data.volumes.items, 'vol'), idOf(data.hosts.items, 'local')])
  t.ok(data.images.items.some(({ id }: { id: string }) => id === data.image.id))
  const all = data.containers.items.map(({ id }: { id: string }) => id).toSorted()
  for (const same of [data.image.containerSummaries, host.containers.items]) t.same(same.map(({ id }: { id: string }) => id).toSorted(), all)
  const short = await asked(`{ container(host: "local", id: "${container.containerId.slice(0, 12)}") { id } }`)
  t.equal(short.data.container.id, container.id)
})

t.test('what only the inspect tells is there on rows as well: one call for the row', async t => {
  const { data, errors, heard } = await asked('{ containers(host: "local") { items { name env command stateDetails { running } endpoints { name ipv4Address } raw } } }')
  t.same(errors, [])
  const { data: { container } } = await asked('{ container(host: "local", id: "two") { name env command stateDetails { running } endpoints { name ipv4Address } raw } }')
  t.same(data.containers.items.find(({ name }: { name: string }) => name === 'two'), container)
  t.match(container, { command: ['sh', '-c', String], stateDetails: { running: true }, endpoints: [{ name: 'net', ipv4Address: /^10\.87\.1\./ }] })
  t.equal(Object.entries(heard).filter(([path, times]) => path.endsWith('/json') && times === 1).length, 4, 'the list, and each of three')
})

t.test('what only the list tells is there on an inspect as well: one call for the host, and none for what it says in other words', async t => {
  const both = await asked('{ container(host: "local", id: "two") { state networks } }')
  t.match(both.data.container, { state: 'running', networks: ['net'] })
  t.notOk('GET /containers/json' in both.heard)
  const { data, errors, heard } = await asked(`{ a: container(host: "local", id: "one") { commandLine status } b: container(host: "local", id: "two") { commandLine status }
    image(host: "local", image: "${image}") { imageId containers } }`)
  t.same(errors, [])
  t.match(data, { a: { commandLine: /^sh -c '?for i in/, status: /^Up / }, b: { status: /^Up / } })
  t.match(heard, { 'GET /containers/json': 1, 'GET /images/json': 1 })
  const { data: { containers, images } } = await asked('{ containers(host: "local") { items { name commandLine } } images(host: "local") { items { imageId containers } } }')
  t.equal(data.image.containers, images.items.find(({ imageId }: { imageId: string }) => imageId === data.image.imageId).containers)
  t.equal(data.a.commandLine, containers.items.find(({ name }: { name: string }) => name === 'one').commandLine)
})

t.test('a global id where an own id or a name is meant is told in words', async t => {
  const { data: { container: { id } } } = await asked('{ container(host: "local", id: "one") { id } }')
  const words = 'is the global id of a Container: give its containerId'
  for (const document of [`{ container(host: "local", id: "${id}") { name } }`, `mutation { containerPause(host: "local", id: "${id}") }`, `mutation { containerExport(host: "local", id: "${id}") { url } }`]) {
    t.match((await asked(document)).errors, [{ extensions: { code: 'invalid-input', errors: [{ path: '/id', message: words }] } }], document)
  }
  t.match((await asked('{ container(host: "local", id: "four") { name } }')).errors, [{ extensions: { code: 'not-found', detail: 'no such container: four' } }])
})

t.test('a row that fails is null with its problem in place, and the others are there', async t => {
  await made('/containers/two/stop', { timeoutSeconds: 0 })
  const { data, errors } = await asked('{ containers(host: "local", all: true) { items { name top { titles } logs(tail: 5000) { text } } } }')
  t.equal(data.containers.items.filter(({ top }: { top: unknown }) => top !== null).length, 2)
  const codes = errors.map(({ path, extensions }) => `${path.at(-1)} ${extensions.code}`).toSorted()
  t.same(codes, ['logs invalid-input', 'logs invalid-input', 'logs invalid-input', 'top conflict'])
  t.match(errors.find(({ path }) => path.at(-1) === 'logs').extensions, { errors: [{ path: '/tail', message: 'must be a number of lines from 1 to 1000' }] })
})

t.test('relations that lead back and forth come to an end', async t => {
  const back = (levels: number): string => levels === 0 ? 'name' : `networkSummaries { containerSummaries { ${back(levels - 1)} } }`
  const { errors, heard } = await asked(`{ containers(host: "local", all: true) { items { ${back(4)} } } }`)
  t.same(errors, [])
  t.same(heard, { 'GET /containers/json': 2, 'GET /networks': 1 })
  // Each lead to 3 + 9 + 9 + 27 + 27 + 81 + 81 + 243 rows.
  const wide = Array.from({ length: 25 }, (_, at) => `a${at}: ${back(4)}`)
  t.match((await asked(`{ containers(host: "local", all: true) { items { ${wide.join(' ')} } } }`)).errors[0]?.extensions, { code: 'too-large', detail: /more than 10000 rows/ })
})

t.test('whoever may not list hears nothing, by whatever relation', async t => {
  spies.local.reset()
  const { data, errors } = await ann.graphql('{ containers(host: "local") { items { imageSummary { id } } } host(host: "local") { containers { items { id } } } }')
  t.same(data, { containers: null, host: null })
  t.same(errors.map(({ path, extensions }) => `${path.join('.')} ${extensions.code}`).toSorted(), ['containers forbidden', 'host not-found'])
  t.equal(spies.local.bytes, 0)
})
