import t from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { registriesHeader, registryHeader } from '../../src/engine/registry-auth.js'
import { ndjson, type Answer } from '../support/client.js'
import { image, privateEngine } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'
import { leaveAfter, nothingUnderWay, soon } from '../support/leaving.js'
import { REGISTRY, startRegistry } from '../support/registry.js'
import { ENDLESS, startSlowRegistry } from '../support/slow-registry.js'

const PASSWORD = 'canary-of-the-registry'
const LOCKED = 'localhost:5001'
const engine = await privateEngine(t)
const { admin, nobody, spies, logged, services } = await startGateway(t, { engines: [engine, engine] })
await startRegistry(t, engine, [`${REGISTRY}/there:1`, `${REGISTRY}/there:2`])
// As `htpasswd -nbB tester canary-of-the-registry` writes it.
await startRegistry(t, engine, [], { port: 5001, users: 'tester:$2y$05$abcdefghijklmnopqrstuuTQLdDQ2arfM5hmv74DJrVlfO6Ojq7Qm\n' })

const IMAGES = '/hosts/local/images'
const at = (reference: string, rest = '') => `${IMAGES}/${encodeURIComponent(reference)}${rest}`
const push = async (reference: string, input: object = {}) => await admin.post(at(reference, '/push'), input)
const pull = async (reference: string, input: object = {}) => await admin.post(`${IMAGES}/pull`, { reference, ...input })
const lastOf = (answer: Answer) => answer.status >= 400 ? { type: 'refusal', problem: answer.body } : ndjson(answer.text).at(-1)
const tagged = async (reference: string) => { await admin.post(at(image, '/tag'), { reference }) }
const signIn = { username: 'tester', password: PASSWORD }

t.test('what was pushed is pulled, with the same digest', async t => {
  const reference = `${REGISTRY}/team/app:1.2`
  await tagged(reference)
  const { id } = (await admin.get(at(reference))).body
  const events = ndjson((await push(reference)).text)
  t.ok(events.some(({ type, id, status }) => type === 'progress' && /^[0-9a-f]{12}$/.test(id) && status !== ''), 'with progress by layer')
  const { result } = events.at(-1)
  t.match(result, { reference, tag: '1.2', digest: /^sha256:[0-9a-f]{64}$/, sizeBytes: Number })
  await admin.delete(at(reference))
  t.same(lastOf(await pull(reference)), { type: 'end', reason: 'complete', result: { reference, id, digest: result.digest } })
  const byDigest = `${REGISTRY}/team/app@${result.digest}`
  t.match(lastOf(await pull(byDigest)).result, { reference: byDigest, id, digest: result.digest })
  t.match(await push(byDigest), { status: 400, body: { code: 'invalid-input', detail: /does not say where to push/ } })
  t.match(await push(id), { status: 400, body: { code: 'invalid-input' } }, 'an id')
  t.match(await push(id.slice(7, 19)), { status: 400, body: { code: 'invalid-input' } }, 'the beginning of an id')
})

t.test('all tags', async t => {
  for (const tag of ['1', '2']) await tagged(`${REGISTRY}/many:${tag}`)
  const { result } = lastOf(await push(`${REGISTRY}/many:1`, { allTags: true }))
  t.match(result, { reference: `${REGISTRY}/many`, tags: [{ digest: /^sha256:/ }, {}] })
  t.same(result.tags.map(({ tag }: { tag: string }) => tag).sort(), ['1', '2'])
  for (const tag of ['1', '2']) await admin.delete(at(`${REGISTRY}/many:${tag}`))
  const pulled = lastOf(await pull(`${REGISTRY}/many`, { allTags: true })).result
  const { digest } = result.tags[0]
  t.equal(pulled.reference, `${REGISTRY}/many`)
  t.same(new Map(pulled.tags.map(({ tag, digest }: { tag: string, digest: string }) => [tag, digest])), new Map([['1', digest], ['2', digest]]))
  t.equal((await admin.get(at(`${REGISTRY}/many:2`))).status, 200)
  t.match(await pull(`${REGISTRY}/many:1`, { allTags: true }), { status: 400, body: { errors: [{ path: '/reference' }] } })
})

t.test('all tags of a repository that has no latest', async t => {
  for (const tag of ['a', 'b']) await tagged(`${REGISTRY}/tags:${tag}`)
  const { result } = lastOf(await push(`${REGISTRY}/tags`, { allTags: true }))
  t.equal(result.reference, `${REGISTRY}/tags`)
  t.same(result.tags.map(({ tag }: { tag: string }) => tag).sort(), ['a', 'b'])
  t.match(await push(`${REGISTRY}/tags`), { status: 404 }, 'of one tag it is latest that is meant')
  t.match(await push(`${REGISTRY}/no-tags`, { allTags: true }), { status: 404, body: { code: 'not-found' } })
})

t.test('all tags are pushed by who may push each of them', async t => {
  const mine = `${REGISTRY}/shared:mine`
  const build = async (tag: string, team: string) => lastOf(await admin.upload('POST', `${IMAGES}/build?tags=${tag}`, new Uint8Array(context(`FROM ${image}\nLABEL team=${team}\n`))))
  const other = `${REGISTRY}/blue:1`
  // Before there is a grant that selects by the label.
  for (const [tag, team] of [[mine, 'red'], [other, 'blue']] as const) t.equal((await build(tag, team)).type, 'end')
  await services.users.create({ username: 'red', password: 'correct horse battery staple' })
  await admin.post('/grants', { user: 'red', role: 'developer', hosts: ['local'], match: { labels: { team: 'red' }, images: [`${REGISTRY}/shared:*`] } })
  const red = await nobody.signIn('red', 'correct horse battery staple')
  const all = async () => await red.post(at(`${REGISTRY}/shared`, '/push'), { allTags: true })
  t.equal(lastOf(await all()).type, 'end', 'they are all theirs')
  await admin.post(at(other, '/tag'), { reference: `${REGISTRY}/shared:other` })
  t.match(lastOf(await red.post(at(mine, '/push'))), { type: 'end' })
  const answer = await red.post(at(mine, '/push'), { allTags: true })
  t.match(answer, { status: 403, body: { code: 'forbidden', detail: /every tag/ } })
})

t.test('a platform', async t => {
  t.equal(lastOf(await pull(`${REGISTRY}/there:1`, { platform: 'linux/amd64' })).type, 'end')
  for (const platform of ['amd64', 'linux', 'linux/x86_64']) t.equal(lastOf(await pull(`${REGISTRY}/there:1`, { platform })).type, 'end', platform)
  const other = lastOf(await pull(`${REGISTRY}/there:1`, { platform: 'linux/arm64' }))
  t.match(other, { type: 'error', problem: { code: 'not-found', detail: /linux\/amd64, and not for linux\/arm64: .* under that name|wanted linux\/arm64/ } })
  t.equal((await admin.get(at(`${REGISTRY}/there:1`))).status, 200, 'what came stays, as with the command')
  const all = lastOf(await pull(`${REGISTRY}/there`, { platform: 'linux/arm64', allTags: true }))
  // After all tags 26.1 looks for `latest`, whatever came.
  t.match(all, { type: 'error', problem: { code: engine.kind === '26.1' ? 'engine-error' : 'not-found' } }, all.problem?.detail)
  t.match(await pull(`${REGISTRY}/there:1`, { platform: 'Linux amd64' }), { status: 400, body: { errors: [{ path: '/platform' }] } })
})

t.test('a registry that wants to know who asks', async t => {
  const reference = `${LOCKED}/secret:1`
  await tagged(reference)
  t.ok(await up(), 'it runs')
  t.match(lastOf(await push(reference)).problem, { detail: /no basic auth credentials|unauthorized/ }, 'nobody')
  t.match(lastOf(await push(reference, { registryAuth: { ...signIn, password: 'wrong' } })).problem, { code: 'registry-denied', status: 403, detail: /unauthorized|401/ }, 'the wrong password')
  // Of three lengths, so that base64 ends in each of its ways.
  for (const serverAddress of [LOCKED, `${LOCKED}/`, `${LOCKED}/v`]) {
    t.equal(lastOf(await push(reference, { registryAuth: { ...signIn, serverAddress } })).type, 'end', serverAddress)
  }
  await admin.delete(at(reference))
  t.match((await pull(reference)).body, { detail: /no basic auth credentials|unauthorized/ })
  t.equal(lastOf(await pull(reference, { registryAuth: signIn })).type, 'end')
  await admin.delete(at(reference))
  const asked = async (input: object) => await admin.get(`/hosts/local/distribution/${encodeURIComponent(reference)}`, { 'caisson-input': Buffer.from(JSON.stringify(input)).toString('base64url') })
  t.match(await asked({ registryAuth: signIn }), { status: 200, body: { reference, descriptor: { digest: /^sha256:/ } } })
  t.match((await asked({})).body, { detail: /no basic auth credentials|unauthorized|authentication required/ })

  const dockerfile = new Uint8Array(context(`FROM ${reference}\n`))
  t.match(lastOf(await admin.upload('POST', `${IMAGES}/build`, dockerfile)).problem, { detail: /no basic auth credentials|unauthorized/ })
  for (const extra of ['a', 'ab', 'abc']) {
    await admin.delete(at(reference))
    const input = { registryAuth: { [LOCKED]: signIn, [`${extra}.example`]: { identityToken: PASSWORD } } }
    const header = { 'caisson-input': Buffer.from(JSON.stringify(input)).toString('base64url') }
    t.equal(lastOf(await admin.upload('POST', `${IMAGES}/build`, dockerfile, header)).type, 'end', 'a base image that only some may pull')
  }
  const query = new URLSearchParams({ registryAuth: JSON.stringify(signIn) })
  t.equal((await admin.upload('POST', `${IMAGES}/build?nothing&${query}`, dockerfile)).status, 400, 'never in a query')

  await services.journal.flush()
  const items = JSON.stringify((await services.journal.list({ limit: 100 })).items)
  t.match(items, 'image.push')
  t.notMatch(items, PASSWORD)
  t.notMatch(logged.filter(line => !line.includes('registryAuth=')).join(''), PASSWORD)
})

/** Whether the registry that wants a password answers. */
const up = async () => await soon(async () => (await call(engine, 'POST', '/auth', { json: { ...signIn, serveraddress: `http://${LOCKED}` } })).status === 200)

t.test('credentials as engines read them: padded, or they read none', async t => {
  for (const username of ['a', 'ab', 'abc']) {
    const header = registryHeader({ username, password: 'ü?>' }) ?? ''
    t.match(header, /^[A-Za-z0-9_-]+={0,2}$/)
    t.equal(header.length % 4, 0)
    t.same(JSON.parse(Buffer.from(header, 'base64url').toString()), { username, password: 'ü?>' })
  }
  t.equal(registryHeader(undefined), undefined)
  t.same(JSON.parse(Buffer.from(registriesHeader({ 'r:1': { username: 'a' } }) ?? '', 'base64url').toString()), { 'r:1': { username: 'a', serveraddress: 'r:1' } })
})

t.test('registries that refuse, or are not there', async t => {
  t.match(await pull(`${REGISTRY}/nothing:here`), { status: 404, body: { code: 'not-found', detail: /nothing.*(not found|unknown)/ } })
  t.match(await pull(`${REGISTRY}/there:9`), { status: 404, body: { code: 'not-found' } })
  t.match(await pull('localhost:9/down:1'), { status: 502, body: { code: 'engine-error', detail: /connection refused/ } })
  await tagged('localhost:9/down:1')
  t.match(lastOf(await push('localhost:9/down:1')).problem, { code: 'engine-error', detail: /connection refused/ })
  t.match(await push(`${REGISTRY}/not-here:1`), { status: 404, body: { detail: `no such image: ${REGISTRY}/not-here:1` } })
})

t.test('a client that leaves ends the engine\'s pull', async t => {
  const registry = await startSlowRegistry(t, engine)
  const before = (await ask(engine, 'GET', '/images/json?all=true')).length
  const open = spies.local.open
  const body = { body: JSON.stringify({ reference: ENDLESS }), headers: { 'content-type': 'application/json' } }
  const text = await leaveAfter(admin, 'POST', `${IMAGES}/pull`, text => text.includes('Downloading'), body)
  t.match(text, 'Downloading')
  t.ok(await nothingUnderWay(spies.local, open))
  t.ok(await soon(() => registry.told.includes('left')), 'the engine let go of the registry')
  t.equal((await ask(engine, 'GET', '/images/json?all=true')).length, before)
})
