import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { image } from '../support/engines.js'
import { accessBed } from './access-bed.js'

const bed = await accessBed(t)
const { engine, gateway: { admin }, pat, grant, nothing } = bed

const make = async (name: string, body: object = {}): Promise<string> =>
  (await ask(engine, 'POST', `/containers/create?name=${name}`, { json: { Image: image, Cmd: ['sleep', '600'], ...body } })).Id
const clear = async (...names: string[]) => { for (const name of names) await call(engine, 'DELETE', `/containers/${name}?force=true&v=true`) }
const isThere = async (name: string): Promise<boolean> => (await call(engine, 'GET', `/containers/${name}/json`)).status === 200
const namesIn = (items: Array<{ name: string }>): string[] => items.map(({ name }) => name).sort()

t.test('a link\'s alias is nobody\'s name: lists, statistics and prunes keep to whose the container is', async t => {
  await nothing()
  await make('hidden-db')
  await call(engine, 'POST', '/containers/hidden-db/start')
  await make('aaa', { HostConfig: { Links: ['hidden-db:x'] } })
  t.teardown(async () => { await clear('aaa', 'hidden-db') })
  const names = async (query = '') => namesIn((await admin.get(`/hosts/local/containers?all=true&${query}`)).body.items)
  t.same((await names()).filter(name => name.includes('aaa') || name.includes('db')), ['aaa', 'hidden-db'])
  t.same(await names('name=aaa'), ['aaa'], 'nor is one found by an alias')
  t.same(await names('name=%5E/aaa%24&name=hidden-d.%24'), ['aaa', 'hidden-db'], 'words are expressions, as engines have it')
  t.same(namesIn((await admin.get('/hosts/local/disk-usage')).body.containers.items).filter(name => /aaa|db/.test(name)), ['aaa', 'hidden-db'])
  const { data } = await admin.graphql('{ containers(host: ["local"], all: true) { items { name } } }')
  t.same(namesIn(data.containers.items).filter(name => /aaa|db/.test(name)), ['aaa', 'hidden-db'])
  const stats = (await admin.get('/hosts/local/stats?stream=false')).text.trim().split('\n').map(line => JSON.parse(line) as { name?: string })
  t.ok(stats.some(({ name }) => name === 'hidden-db'), JSON.stringify(stats.map(({ name }) => name)))
  t.notOk(stats.some(({ name }) => name?.includes('/')))

  await grant({ role: 'developer', match: { names: ['aaa*'] } })
  t.same(namesIn((await pat.get('/hosts/local/containers?all=true')).body.items), ['aaa'])
  t.equal((await pat.get('/hosts/local/containers/aaa/x')).status, 404)
  await call(engine, 'POST', '/containers/hidden-db/kill')
  await call(engine, 'POST', '/containers/hidden-db/wait')
  t.equal((await pat.post('/hosts/local/containers/prune', {})).body.removed?.length, 1)
  t.notOk(await isThere('aaa'))
  t.ok(await isThere('hidden-db'), 'what is another\'s stays')

  await make('aaa', { HostConfig: { Links: ['hidden-db:x'] } })
  await nothing()
  await grant({ role: 'developer', match: { names: ['hidden-*'] } })
  t.same(namesIn((await pat.get('/hosts/local/containers?all=true')).body.items), ['hidden-db'], 'and its own team goes on seeing it')
})

const MINE = { 'dev.caisson.owner': bed.patId }
const OTHERS = { 'dev.caisson.owner': 'someone' }
let made = 0

/** Something of each kind that has an id, as cheap as it comes. */
const KINDS: Readonly<Record<string, (labels: object) => Promise<string>>> = {
  container: async Labels => await make(`prefix-${++made}`, { Cmd: ['true'], Labels }),
  network: async Labels => (await ask(engine, 'POST', '/networks/create', { json: { Name: `prefix-${++made}`, ConfigOnly: true, Labels } })).Id,
  image: async labels => {
    const changes = Object.entries(labels).map(([key, value]): [string, string] => ['changes', `LABEL ${key}=${value}`])
    const { text } = await call(engine, 'POST', `/commit?${new URLSearchParams([['container', 'caisson-access-own'], ['repo', 'prefix/image'], ['tag', String(++made)], ...changes])}`, { json: {} })
    return (JSON.parse(text) as { Id: string }).Id.replace('sha256:', '')
  }
}

/** Beginnings of ids: of two that are hidden, of one's own and a hidden one, of two of one's own. */
async function beginnings (kind: string, make: (labels: object) => Promise<string>): Promise<{ hidden: string, mixed: string, own: string, mine: Map<string, string[]> }> {
  const [mine, others] = [new Map<string, string[]>(), new Map<string, string[]>()]
  const add = (ids: Map<string, string[]>, id: string) => ids.set(id.charAt(0), [...ids.get(id.charAt(0)) ?? [], id])
  for (const { id } of (await pat.get(`/hosts/local/${kind}s?${kind === 'network' ? '' : 'all=true'}`)).body.items as Array<{ id: string }>) add(mine, id.replace('sha256:', ''))
  const count = (ids: Map<string, string[]>, letter: string) => ids.get(letter)?.length ?? 0
  const find = (holds: (own: number, hidden: number) => boolean) => [...'0123456789abcdef'].find(letter => holds(count(mine, letter), count(others, letter)))
  for (let nth = 0; nth < 200; nth++) {
    const [hidden, mixed, own] = [find((own, hidden) => own === 0 && hidden > 1), find((own, hidden) => own === 1 && hidden > 0), find(own => own > 1)]
    if (hidden !== undefined && mixed !== undefined && own !== undefined) return { hidden, mixed, own, mine }
    const ids = nth % 2 === 0 ? others : mine
    add(ids, await make(ids === mine ? MINE : OTHERS))
  }
  throw new Error('no two ids begin alike')
}

t.test('the beginning of an id means nothing that is hidden', { timeout: 240_000 }, async t => {
  for (const [kind, make] of Object.entries(KINDS)) {
    await nothing()
    await grant({ role: 'developer', match: { owner: 'self' } })
    const { hidden, mixed, own, mine } = await beginnings(kind, make)
    const get = async (client: typeof pat, reference: string) => (await client.get(`/hosts/local/${kind}s/${reference}`)).body
    t.match(await get(pat, hidden), { status: 404, code: 'not-found', detail: `no such ${kind}: ${hidden}` }, `${kind}: of hidden ones, as if there were none`)
    t.match((await pat.graphql(`{ ${kind}(host: "local", ${kind === 'container' ? 'id' : kind}: "${hidden}") { id } }`)).errors, [{ extensions: { code: 'not-found' } }])
    const found = await get(pat, mixed)
    t.match(found.raw?.Id ?? found, new RegExp(`^(?:sha256:)?${mine.get(mixed)?.[0] ?? ''}$`), `${kind}: one's own, whatever else begins so`)
    const several = await get(pat, own)
    t.match(several, { status: 409, code: 'conflict', detail: /means several/ })
    t.same([...String(several.detail).matchAll(/\(?\b([0-9a-f]{12})\b/g)].map(([, id]) => id).sort(), mine.get(own)?.map(id => id.slice(0, 12)).sort(), `${kind}: one's own, and no others`)
    for (const prefix of [hidden, own]) t.match(await get(admin, prefix), { status: 409, detail: /means several/ }, `${kind}: who sees all is told of all`)
    const named = { container: { pidMode: `container:${hidden}` }, network: { networkMode: hidden }, image: { image: hidden, pull: 'never' } }[kind]
    t.match((await pat.post('/hosts/local/containers', { image, name: 'prefix-none', ...named })).body, { status: 404, detail: `no such ${kind}: ${hidden}` }, 'nor in what an input names')
    if (kind === 'container') {
      t.equal((await pat.post(`/hosts/local/containers/${mixed}/rename`, { name: 'prefix-renamed' })).status, 204)
      t.match((await pat.get(`/hosts/local/containers?all=true&before=${hidden}`)).body, { status: 404 })
      t.match((await admin.post('/hosts/local/containers', { image, name: 'prefix-none', pidMode: `container:${own}` })).body, { code: /^(?:conflict|invalid-input)$/, detail: /several|multiple/i }, 'where the engine alone looks, it is the caller\'s fault as well')
    }
  }
  t.match((await pat.get(`/hosts/local/exec/${'a'.repeat(12)}`)).body, { status: 400 }, 'an exec is called by its whole id')
  t.match((await pat.get('/hosts/local/volumes/caisson-access')).body, { status: 404 }, 'a volume by its whole name')
})

t.test('a refusal tells of no container that is hidden', async t => {
  await nothing()
  await grant({ role: 'developer', match: { names: ['mine-*'] } })
  const ids: string[] = []
  await ask(engine, 'POST', '/volumes/create', { json: { Name: 'mine-data' } })
  await ask(engine, 'POST', '/networks/create', { json: { Name: 'mine-net' } })
  for (const name of ['theirs', 'mine-web']) {
    ids.push(await make(name, { HostConfig: { Binds: ['mine-data:/x'], NetworkMode: 'mine-net' } }))
    t.equal((await call(engine, 'POST', `/containers/${name}/start`)).status, 204)
  }
  const [theirs = '', own = ''] = ids
  t.teardown(async () => {
    await clear('theirs', 'mine-web', 'mine-other')
    await call(engine, 'DELETE', '/volumes/mine-data')
    await call(engine, 'DELETE', '/networks/mine-net')
  })
  const seen = (text: string) => ({ theirs: text.includes(theirs.slice(0, 12)) || text.includes('"theirs') || text.includes('theirs\\"'), own: text.includes(own) })
  const volume = await pat.delete('/hosts/local/volumes/mine-data')
  t.match(volume.body, { status: 409, code: 'conflict', detail: /in use/ })
  t.same(seen(volume.text), { theirs: false, own: true }, volume.text)
  t.same(seen((await admin.delete('/hosts/local/volumes/mine-data')).text), { theirs: true, own: true }, 'who sees all is told all')
  const { errors } = await pat.graphql('mutation { volumeRemove(host: "local", volume: "mine-data") }')
  t.same(seen(JSON.stringify(errors)), { theirs: false, own: true }, JSON.stringify(errors))
  t.match(errors, [{ extensions: { code: 'conflict' } }])
  for (let times = 0; times < 2; times++) {
    const again = await pat.send('DELETE', '/hosts/local/volumes/mine-data', undefined, { 'idempotency-key': 'hidden-volume' })
    t.same([again.status, seen(again.text)], [409, { theirs: false, own: true }], 'nor is it kept under a key')
  }
  const network = await pat.delete('/hosts/local/networks/mine-net')
  t.equal(network.status, 409)
  t.notOk(seen(network.text).theirs, network.text)

  await nothing()
  await grant({ role: 'developer', match: { owner: 'self' } })
  const create = await pat.post('/hosts/local/containers', { image, name: 'theirs', command: ['true'] })
  t.match(create.body, { status: 409, code: 'conflict', detail: /name.*in use/ })
  t.notOk(create.text.includes(theirs.slice(0, 12)), create.text)
  t.equal((await pat.post('/hosts/local/containers', { image, name: 'mine-other', command: ['true'] })).status, 201)
  const rename = await pat.post('/hosts/local/containers/mine-other/rename', { name: 'theirs' })
  t.equal(rename.status, 409)
  t.notOk(rename.text.includes(theirs.slice(0, 12)), rename.text)
  await bed.gateway.services.journal.flush()
  t.notMatch((await admin.get('/audit?limit=10')).text.replaceAll(/"id":"[^"]*"/g, ''), theirs)
})

t.test('events of networks and volumes keep to themselves whose container comes and goes', async t => {
  await nothing()
  await grant({ role: 'developer', match: { names: ['mine-*'] } })
  await ask(engine, 'POST', '/volumes/create', { json: { Name: 'mine-data' } })
  await ask(engine, 'POST', '/networks/create', { json: { Name: 'mine-net', Internal: true } })
  const since = new Date(Date.now() - 1000).toISOString()
  const [theirs, own] = [await make('theirs-2', { HostConfig: { Binds: ['mine-data:/x'], NetworkMode: 'mine-net' } }), await make('mine-web-2', { HostConfig: { Binds: ['mine-data:/x'], NetworkMode: 'mine-net' } })] as [string, string]
  t.teardown(async () => {
    await clear('theirs-2', 'mine-web-2')
    await call(engine, 'DELETE', '/volumes/mine-data')
    await call(engine, 'DELETE', '/networks/mine-net')
  })
  for (const name of ['theirs-2', 'mine-web-2']) t.equal((await call(engine, 'POST', `/containers/${name}/start`)).status, 204)
  const heard = async (client: typeof pat) => {
    const { text } = await client.get(`/hosts/local/events?since=${since}&until=1ms&kind=network&kind=volume&action=connect&action=mount`)
    return text.trim().split('\n').map(line => JSON.parse(line) as { type: string, kind: string, action: string, attributes: { container?: string } }).filter(({ type }) => type === 'event')
  }
  const containers = (events: Awaited<ReturnType<typeof heard>>) => events.map(({ kind, attributes: { container } }) => `${kind} ${container ?? ''}`).sort()
  t.same(containers(await heard(admin)), [`network ${own}`, `network ${theirs}`, `volume ${own}`, `volume ${theirs}`].sort())
  t.same(containers(await heard(pat)), ['network ', `network ${own}`, 'volume ', `volume ${own}`].sort(), 'that something came is told, and not who')
})
