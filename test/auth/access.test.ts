import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { OWNER_LABEL } from '../../src/model/resource.js'
import { image } from '../support/engines.js'
import { NAMES, accessBed } from './access-bed.js'

const bed = await accessBed(t)
const { engine, gateway: { admin, spies }, pat, patId, grant, nothing, as } = bed
const MADE = 'caisson-access-made'
const team = (name: string) => ({ labels: { team: name } })
const namesIn = (items: Array<{ name: string }>) => items.map(({ name }) => name).filter(name => name.startsWith('caisson-access')).sort()
const labelsOf = async (name: string): Promise<Record<string, string>> => (await ask(engine, 'GET', `/containers/${name}/json`)).Config.Labels
const clear = async () => { await call(engine, 'DELETE', `/containers/${MADE}?force=true&v=true`) }
t.afterEach(clear)

t.test('lists have one\'s own and the team\'s, over REST and GraphQL, and nothing of a stranger\'s', async t => {
  await as('viewer')
  for (const kind of ['container', 'network', 'volume'] as const) {
    const { body } = await pat.get(`/hosts/local/${kind}s${kind === 'container' ? '?all=true' : ''}`)
    t.same(namesIn(body.items), [NAMES.own[kind], NAMES.shared[kind]], kind)
  }
  const { data } = await pat.graphql('{ containers(all: true) { items { name host } errors { host code } } images { items { tags } } }')
  t.same(namesIn(data.containers.items), [NAMES.own.container, NAMES.shared.container])
  t.same(data.containers.errors, [], 'a host without a grant is not there')
  const tags = data.images.items.flatMap((item: { tags: string[] }) => item.tags)
  t.ok(tags.includes(NAMES.own.image) && tags.includes(NAMES.shared.image) && !tags.includes(NAMES.foreign.image))
  t.same((await pat.get('/containers?host=other&host=nowhere')).body.errors.map(({ host, detail }: { host: string, detail: string }) => [host, detail]), [['other', 'no such host: other'], ['nowhere', 'no such host: nowhere']])
})

t.test('a stranger\'s thing reads like one that is not there', async t => {
  await as('developer')
  for (const [path, name] of [['containers', NAMES.foreign.container], ['images', encodeURIComponent(NAMES.foreign.image)], ['networks', NAMES.foreign.network], ['volumes', NAMES.foreign.volume]]) {
    const hidden = (await pat.get(`/hosts/local/${path}/${name}`)).body
    const absent = (await pat.get(`/hosts/local/${path}/${name}x`)).body
    t.same({ ...hidden, requestId: '', detail: hidden.detail.replace(/: .*/, '') }, { ...absent, requestId: '', detail: absent.detail.replace(/: .*/, '') }, String(path))
    t.equal(hidden.status, 404)
  }
  const since = async (name: string) => (await pat.get(`/containers?host=local&since=${name}`)).body.errors[0]
  t.same(await since(NAMES.foreign.container), { host: 'local', code: 'not-found', detail: `no such container: ${NAMES.foreign.container}` })
  t.same(await since('nothing'), { host: 'local', code: 'not-found', detail: 'no such container: nothing' })
  for (const filter of ['before', 'since']) {
    for (const name of [NAMES.foreign.image, 'caisson-access/nothing:1']) {
      t.match(await pat.get(`/hosts/local/images?${filter}=${name}`), { status: 404, body: { code: 'not-found', detail: `no such image: ${name}` } }, `${filter} ${name}`)
      const { data } = await pat.graphql(`{ images(host: ["local"], ${filter}: "${name}") { items { imageId } errors { detail } } }`)
      t.same(data.images, { items: [], errors: [{ detail: `no such image: ${name}` }] })
    }
    t.equal((await pat.get(`/hosts/local/images?${filter}=${NAMES.own.image}`)).status, 200)
  }
  t.same(namesIn((await pat.get('/hosts/local/containers?last=1')).body.items).length, 1, 'the last one is the last of one\'s own')
})

t.test('who creates is stamped as the owner, with the label of the grant, over whatever they or the image say', async t => {
  await nothing()
  await grant({ role: 'developer', match: team('access-blue') })
  const create = async (body: object) => await pat.post('/hosts/local/containers', { image, name: MADE, command: ['true'], ...body })
  t.match((await create({ labels: { [OWNER_LABEL]: 'someone', mine: 'yes' } })).body, { status: 400, errors: [{ path: `/labels/${OWNER_LABEL}` }] }, 'the gateway\'s own are nobody\'s to write')
  t.equal((await create({ labels: { team: 'access-red', mine: 'yes' } })).status, 201)
  t.match(await labelsOf(MADE), { team: 'access-blue', [OWNER_LABEL]: patId, mine: 'yes' })
  await clear()
  await grant({ role: 'developer', match: team('access-green') })
  t.match((await create({})).body, { status: 400, code: 'invalid-input', detail: /team=access-blue or team=access-green/ })
  t.match((await create({ labels: { team: 'access-red' } })).body, { status: 400 })
  t.equal((await create({ labels: { team: 'access-green' } })).status, 201)
  t.match(await labelsOf(MADE), { team: 'access-green', [OWNER_LABEL]: patId })
})

t.test('a label that one has no right to is empty, also where the image has it', async t => {
  await nothing()
  await grant({ role: 'developer', match: { owner: 'self' } })
  await bed.gateway.services.grants.create({ user: 'ann', role: 'viewer', hosts: ['local'], match: team('access-red') })
  const labelled = 'caisson-access/labelled:1'
  await call(engine, 'POST', `/commit?${new URLSearchParams({ container: NAMES.own.container, repo: 'caisson-access/labelled', tag: '1', changes: 'LABEL team=access-red' })}`)
  t.teardown(async () => { await call(engine, 'DELETE', `/images/${labelled}?force=true`) })
  t.equal((await pat.post('/hosts/local/containers', { image: labelled, name: MADE, command: ['true'], labels: { team: 'access-red' } })).status, 201)
  t.match(await labelsOf(MADE), { team: '', [OWNER_LABEL]: patId })
})

t.test('names and images of a grant bind what is created and what it is renamed to', async t => {
  await nothing()
  await grant({ role: 'developer', match: { names: ['caisson-access-*'], images: ['caisson-test/*'] } })
  const create = async (name: string, from = image) => await pat.post('/hosts/local/containers', { image: from, name, command: ['true'] })
  t.match((await create('elsewhere')).body, { status: 403, code: 'forbidden' })
  t.match((await create(MADE, NAMES.shared.image)).body, { status: 404, detail: `no such image: ${NAMES.shared.image}` })
  t.equal((await create(MADE)).status, 201)
  t.match((await pat.post(`/hosts/local/containers/${MADE}/rename`, { name: 'elsewhere' })).body, { status: 403 })
  t.equal((await pat.post(`/hosts/local/containers/${MADE}/rename`, { name: `${MADE}-2` })).status, 204)
  await pat.delete(`/hosts/local/containers/${MADE}-2`)
})

t.test('an image that is not there is pulled only by who may pull it', async t => {
  await nothing()
  await grant({ role: 'developer', match: { owner: 'self' } })
  spies.local.reset()
  t.match((await pat.post('/hosts/local/containers', { image: 'nowhere.example/x:1', name: MADE })).body, { status: 404, detail: 'no such image: nowhere.example/x:1' })
  t.match((await pat.post('/hosts/local/containers', { image, name: MADE, pull: 'always' })).body, { status: 404 })
  t.same(spies.local.requests.filter(({ method }) => method !== 'GET'), [])
})

t.test('whatever else an input names is looked at too', async t => {
  await as('developer')
  const create = async (body: object) => (await pat.post('/hosts/local/containers', { image, name: MADE, command: ['true'], ...body })).body
  const id = (await ask(engine, 'GET', `/containers/${NAMES.foreign.container}/json`)).Id as string
  const other = NAMES.foreign.container
  for (const named of [
    { networkMode: `container:${other}` }, { pidMode: `container:${id.slice(0, 12)}` }, { ipcMode: `container:${id}` },
    { volumesFrom: [`${other}:ro`] }, { links: [`${other}:db`] },
    { networks: { [NAMES.foreign.network]: {} } }, { networkMode: NAMES.foreign.network },
    { binds: [`${NAMES.foreign.volume}:/x`] }, { mounts: [{ type: 'volume', source: NAMES.foreign.volume, target: '/x' }] },
    { image: NAMES.foreign.image }
  ]) t.match(await create(named), { status: 404, code: 'not-found', detail: /^no such (container|network|volume|image): / }, JSON.stringify(named))
  t.match((await pat.post(`/hosts/local/networks/${NAMES.own.network}/connect`, { container: other })).body, { status: 404 })
  t.match((await pat.post(`/hosts/local/networks/${NAMES.own.network}/disconnect`, { container: other })).body, { status: 404 })
  t.match((await pat.post('/hosts/local/volumes', { name: NAMES.foreign.volume })).body, { status: 409 })
  t.match((await pat.get(`/hosts/local/images-archive?image=${encodeURIComponent(NAMES.foreign.image)}`)).body, { status: 404 })
  t.match(await create({ networkMode: `container:${NAMES.own.container}`, binds: [`${NAMES.own.volume}:/x`], volumesFrom: [NAMES.own.container] }), { name: MADE })
  t.match((await ask(engine, 'GET', `/containers/${MADE}/json`)).HostConfig, { NetworkMode: /^container:[0-9a-f]{64}$/, VolumesFrom: [/^[0-9a-f]{64}$/] }, 'by the full id')
})

t.test('a thing that one only sees is not to be joined', async t => {
  await nothing()
  await grant({ role: 'developer', match: { owner: 'self' } })
  await grant({ role: 'viewer', match: team('access-blue') })
  t.match((await pat.post('/hosts/local/containers', { image, name: MADE, pidMode: `container:${NAMES.shared.container}` })).body, { status: 403, code: 'forbidden', detail: /container\.exec/ })
  t.match((await pat.post('/hosts/local/containers', { image, name: MADE, networks: { [NAMES.shared.network]: {} } })).body, { status: 403 })
})

t.test('a prune leaves alone what is not one\'s own', async t => {
  await nothing()
  await grant({ role: 'developer', match: { owner: 'self' } })
  await ask(engine, 'POST', `/containers/create?name=${MADE}`, { json: { Image: image, Labels: { [OWNER_LABEL]: patId } } })
  await ask(engine, 'POST', `/containers/create?name=${MADE}-other`, { json: { Image: image, Labels: { [OWNER_LABEL]: 'someone' } } })
  t.teardown(async () => { await call(engine, 'DELETE', `/containers/${MADE}-other?force=true`) })
  const { body } = await pat.post('/hosts/local/containers/prune', {})
  t.equal(body.removed?.length, 1, JSON.stringify(body))
  t.equal((await call(engine, 'GET', `/containers/${MADE}/json`)).status, 404)
  t.equal((await call(engine, 'GET', `/containers/${MADE}-other/json`)).status, 200)
  t.same((await pat.post('/hosts/local/volumes/prune', { all: true })).body.removed, [NAMES.own.volume])
  await ask(engine, 'POST', '/volumes/create', { json: { Name: NAMES.own.volume, Labels: { [OWNER_LABEL]: patId } } })
  t.same((await pat.post('/hosts/local/networks/prune', {})).body.removed, [NAMES.own.network])
  await ask(engine, 'POST', '/networks/create', { json: { Name: NAMES.own.network, Internal: true, Labels: { [OWNER_LABEL]: patId } } })
  t.same((await pat.post('/hosts/local/images/prune', { all: true })).body.removed, { untagged: [], deleted: [] }, 'a grant without images names none')
})

t.test('values of environment variables are for who may exec', async t => {
  await as('viewer')
  const look = async () => [
    (await pat.get(`/hosts/local/containers/${NAMES.own.container}`)).text,
    (await pat.get(`/hosts/local/images/${encodeURIComponent(NAMES.own.image)}`)).text,
    (await pat.get(`/hosts/local/images/${encodeURIComponent(NAMES.own.image)}/history`)).text,
    JSON.stringify((await pat.graphql(`{ container(host: "local", id: "${NAMES.own.container}") { env raw } containers { items { env raw } } }`)).data)
  ]
  for (const text of await look()) t.notMatch(text, /canary-of/)
  t.match((await look())[0], /"SECRET":"\*{6}"/)
  t.match((await look())[0], /"SECRET=\*{6}"/, 'in the engine\'s own object, too')
  await as('developer')
  const [container, , , graph] = await look()
  t.match(container, /canary-of-the-container/)
  t.match(graph, /canary-of-the-container/)
})

t.test('credentials that drivers were given are for who may give them', async t => {
  const options = { type: 'none', device: '//server/share', o: 'bind,username=ann,password=canary-1;canary&canary canary,pwd=canary,vers=3.0' }
  const labels = { team: 'access-blue' }
  await ask(engine, 'POST', '/volumes/create', { json: { Name: MADE, DriverOpts: options, Labels: labels } })
  t.teardown(async () => { await call(engine, 'DELETE', `/volumes/${MADE}`) })
  const log = { Type: 'json-file', Config: { labels: 'a', env: 'https://ann:canary-2@example.com', tag: 'access_token=canary-3', 'labels-regex': 'https://canary@example.com/x' } }
  const mount = { Type: 'volume', Source: `${MADE}-2`, Target: '/x', VolumeOptions: { Labels: labels, DriverConfig: { Name: 'local', Options: { type: 'none', device: '/none', o: 'secret=canary-4,shared_key=canary-5' } } } }
  await ask(engine, 'POST', `/containers/create?name=${MADE}`, { json: { Image: image, Cmd: ['true'], Labels: labels, HostConfig: { LogConfig: log, Mounts: [mount] } } })
  const seen = async () => await Promise.all([`/volumes/${MADE}`, `/volumes?name=${MADE}`, `/containers/${MADE}`].map(async path => await pat.get(`/hosts/local${path}`)))
  await as('viewer')
  const [volume, volumes, container] = await seen()
  for (const answer of [volume, volumes, container]) {
    t.equal(answer?.status, 200)
    t.notMatch(answer?.text, /canary/)
  }
  const masked = { ...options, o: 'bind,username=ann,password=******,pwd=******,vers=3.0' }
  t.match(volume?.body, { options: masked, raw: { Options: masked, Labels: labels } })
  t.same(volumes?.body.items[0].options, masked)
  t.match(container?.body, { logOptions: { labels: 'a', env: 'https://******@example.com', tag: 'access_token=******', 'labels-regex': 'https://******@example.com/x' }, raw: { HostConfig: { LogConfig: { Config: { env: 'https://******@example.com' } }, Mounts: [{ VolumeOptions: { DriverConfig: { Options: { o: 'secret=******,shared_key=******' } } } }] } } })
  await as('developer')
  const [known, , execable] = await seen()
  t.same(known?.body.options, options)
  for (const word of ['canary-2', 'canary-3', 'canary-4']) t.match(execable?.text, word)
  t.match((await admin.get(`/hosts/local/volumes?name=${MADE}`)).body.items[0], { options })
})

t.test('what is committed is its maker\'s, and nobody writes the gateway\'s labels', async t => {
  await as('developer')
  const commit = async (body: object) => await pat.post(`/hosts/local/containers/${NAMES.own.container}/commit`, { reference: 'mine/committed:1', ...body })
  t.match((await commit({ changes: ['LABEL "dev.caisson.owner"="someone"'] })).body, { status: 400, errors: [{ path: '/changes' }] })
  t.equal((await commit({ changes: ['LABEL team=access-red'] })).status, 201)
  t.teardown(async () => { await call(engine, 'DELETE', '/images/mine/committed:1') })
  t.match((await ask(engine, 'GET', '/images/mine/committed:1/json')).Config.Labels, { [OWNER_LABEL]: patId, team: '' })
  t.match((await pat.upload('POST', '/hosts/local/images/build?tags=mine/built:1&labels=dev.caisson.owner%3Dx', new Uint8Array(1024))).body, { status: 400 })
  t.match((await pat.post('/hosts/local/images/pull', { reference: 'not-mine:1' })).body, { status: 403 })
  t.match((await pat.post(`/hosts/local/images/${encodeURIComponent(NAMES.own.image)}/tag`, { reference: NAMES.foreign.image })).body, { status: 403 }, 'a stranger\'s name is not to be taken over')
})

t.test('a change holds from the next call', async t => {
  await nothing()
  const one = await grant({ role: 'viewer' })
  const look = async () => (await pat.get(`/hosts/local/containers/${NAMES.foreign.container}`)).status
  t.equal(await look(), 200)
  t.equal((await pat.post(`/hosts/local/containers/${NAMES.own.container}/stop`, { timeoutSeconds: 0 })).status, 403)
  await admin.patch(`/grants/${one}`, { match: { owner: 'self' } })
  t.equal(await look(), 404)
  await admin.delete(`/grants/${one}`)
  spies.local.reset()
  t.equal(await look(), 404)
  t.equal(spies.local.bytes, 0)
})

t.test('through a group, by a role of one\'s own making', async t => {
  await nothing()
  t.equal((await admin.post('/groups', { name: 'access-team', members: ['PAT'] })).status, 201)
  t.equal((await admin.post('/roles', { name: 'access-looker', operations: ['container.*', 'host.list'] })).status, 201)
  const { body: { id } } = await admin.post('/grants', { group: 'access-team', role: 'access-looker', hosts: ['loc*'] })
  t.equal((await pat.get(`/hosts/local/containers/${NAMES.foreign.container}`)).status, 200)
  t.equal((await pat.get('/hosts/local/volumes')).status, 403)
  const me = (await pat.get('/auth/me')).body
  t.match(me, { username: 'pat', groups: ['access-team'], access: [{ grant: id, role: 'access-looker', group: 'access-team', hosts: ['loc*'] }] })
  t.ok(me.access[0].operations.includes('container.stop') && !me.access[0].operations.includes('image.list'))
  t.same((await admin.get('/users/pat/access')).body, { user: 'pat', admin: false, access: me.access })
  const explain = async (operation: string, input: object) => (await admin.post('/grants/explain', { user: 'pat', operation, input })).body
  t.match(await explain('container.stop', { host: 'local', id: NAMES.own.container }), { allowed: true, rule: `grant:${id}`, access: [{ grant: id }] })
  t.match(await explain('volume.list', { host: 'local' }), { allowed: false, rule: 'no-grant', code: 'forbidden', access: [] })
  t.match(await explain('container.stop', { host: 'other', id: 'x' }), { allowed: false, rule: 'no-grant', code: 'not-found' })
  t.match((await admin.delete('/roles/access-looker')).body, { status: 409 })
  await admin.patch('/roles/access-looker', { operations: ['host.list'] })
  t.equal((await pat.get(`/hosts/local/containers/${NAMES.foreign.container}`)).status, 404)
  t.equal((await admin.delete('/groups/access-team')).status, 204)
  t.same((await pat.get('/auth/me')).body.access, [])
  t.equal((await admin.delete('/roles/access-looker')).status, 204)
})

t.test('an auditor of one host reads what was called there', async t => {
  await nothing()
  await grant({ role: 'auditor' })
  await admin.get('/hosts/other/version')
  await admin.get('/hosts/local/version')
  const { body } = await pat.get('/audit?limit=1000')
  t.ok(body.items.length > 0 && body.items.every(({ host }: { host: string }) => host === 'local'))
  await grant({ role: 'auditor', hosts: ['*'] })
  t.ok((await pat.get('/audit?limit=1000')).body.items.some(({ host }: { host: string }) => host !== 'local'))
})
