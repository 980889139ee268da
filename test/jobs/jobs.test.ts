import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t from 'tap'
import type { AnyOperation } from '../../src/operation/define.js'
import { operations } from '../../src/operations/index.js'
import { ndjson, Client } from '../support/client.js'
import { privateEngine } from '../support/engines.js'
import { context } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'
import { leaveAfter, nothingUnderWay, soon } from '../support/leaving.js'
import { REGISTRY, startRegistry } from '../support/registry.js'
import { ENDLESS, startSlowRegistry } from '../support/slow-registry.js'

const PULLED = `${REGISTRY}/jobs/there:1`
const engine = await privateEngine(t)
const { admin, ann, services, spies, dataDir } = await startGateway(t, { engines: [engine, engine] })
await startRegistry(t, engine, [PULLED])
const slow = await startSlowRegistry(t, engine)

const IMAGES = '/hosts/local/images'
const ASYNC = { prefer: 'respond-async' }
const pull = async (reference: string, more: object = {}, client: Client = admin) => await client.send('POST', `${IMAGES}/pull`, { reference, ...more }, ASYNC)
const build = async (dockerfile: string) => await admin.upload('POST', `${IMAGES}/build`, new Uint8Array(context(`FROM ${engine.image}\n${dockerfile}\n`)), ASYNC)
const job = async (id: string) => (await admin.get(`/jobs/${id}`)).body
const events = async (id: string, query = '') => ndjson((await admin.get(`/jobs/${id}/events${query}`)).text)
const record = async (operation: string) => {
  await services.journal.flush()
  return (await services.journal.list({ limit: 1, operation })).items[0]
}

t.test('a pull that nobody waits for is found by its address, and ends with its result', async t => {
  const { status, headers, body } = await pull(PULLED)
  t.equal(status, 202)
  t.equal(headers.get('location'), `/api/v1/jobs/${body.id}`)
  t.equal(headers.get('preference-applied'), 'respond-async')
  t.match(body, { operation: 'image.pull', host: 'local', state: 'running', createdAt: String })
  const told = await events(body.id)
  t.match(told.at(-1), { type: 'end', reason: 'complete', result: { reference: PULLED, id: /^sha256:/ } })
  t.same(told.slice(0, -1).map(({ cursor }) => cursor), told.slice(1).map((_, at) => String(at + 1)), 'numbered from 1')
  t.same(await job(body.id), { ...body, state: 'succeeded', endedAt: (await job(body.id)).endedAt, result: told.at(-1).result })
  t.equal((await admin.get(`${IMAGES}/${encodeURIComponent(PULLED)}`)).status, 200, 'the image is there')
  t.match(await record('image.pull'), { stage: 'completed', surface: 'rest', actor: { username: 'admin' }, outcome: { code: null, end: 'complete' } })

  const whole = await admin.post(`${IMAGES}/pull`, { reference: PULLED })
  t.equal(whole.status, 200, 'who does not ask for a job waits')
})

t.test('cancelling ends the engine\'s work within two seconds, and whoever follows is told', async t => {
  const open = spies.local.open
  const { body: { id } } = await pull(ENDLESS)
  const readers = [events(id), events(id)]
  const early = await leaveAfter(admin, 'GET', `/jobs/${id}/events`, text => text.includes('Downloading'))
  t.match(ndjson(early.slice(0, early.indexOf('\n'))), [{ type: 'progress', cursor: '1' }], 'while it runs')
  t.match(await job(id), { state: 'running' })
  t.match((await admin.get('/jobs?state=running')).body.items, [{ id }])
  t.notMatch(slow.told, 'left', 'who followed has left, and it goes on')

  const cancelled = await admin.post(`/jobs/${id}/cancel`)
  t.match(cancelled, { status: 200, body: { id, state: 'cancelled', endedAt: String } })
  t.ok(await nothingUnderWay(spies.local, open))
  t.ok(await soon(() => slow.told.includes('left')), 'the engine let go of the registry')
  for (const told of await Promise.all(readers)) t.match(told.at(-1), { type: 'error', problem: { code: 'outcome-unknown', detail: /was cancelled/ } })
  t.match(await record('image.pull'), { outcome: { code: 'outcome-unknown', end: 'cancelled' } })
  t.match(await record('job.cancel'), { class: 'write', target: { kind: 'job', id } })
  t.match(await admin.post(`/jobs/${id}/cancel`), { status: 200, body: cancelled.body }, 'a second time changes nothing')
})

t.test('a token that is narrowed to a host has the jobs of that host alone', async t => {
  const { body: elsewhere } = await admin.send('POST', '/hosts/other/images/pull', { reference: PULLED }, ASYNC)
  const { body: here } = await pull(PULLED)
  await events(elsewhere.id)
  await events(here.id)
  const { token } = (await admin.post('/tokens', { name: 'here', hosts: ['local'] })).body
  const narrow = new Client(admin.url, token)
  const list = async (query = '') => (await narrow.get(`/jobs${query}`)).body.items.map(({ id, host }: { id: string, host: string }) => ({ id, host }))
  const own = await list()
  t.ok(own.some(({ id }: { id: string }) => id === here.id))
  t.ok(own.every(({ host }: { host: string }) => host === 'local'))
  t.same(await list('?host=other'), [])
  t.same((await narrow.graphql('{ jobs(host: "other") { items { jobId } } }')).data.jobs.items, [])
  for (const path of [`/jobs/${elsewhere.id}`, `/jobs/${elsewhere.id}/events`]) t.match(await narrow.get(path), { status: 404, body: { code: 'not-found' } }, path)
  t.match(await narrow.post(`/jobs/${elsewhere.id}/cancel`), { status: 404 })
  t.match(await narrow.get(`/jobs/${here.id}`), { status: 200, body: { id: here.id } })
  const { body: there } = await admin.post('/tokens', { name: 'there', hosts: ['other'] })
  t.same((await new Client(admin.url, there.token).get('/jobs?host=local')).body, { items: [] })
})

t.test('from GraphQL a pull is always a job, and can be followed and cancelled there', async t => {
  const open = spies.local.open
  const { data, errors } = await admin.graphql(`mutation { imagePull(host: "local", reference: "${ENDLESS}") { jobId state host operation } }`)
  t.same(errors, [])
  t.match(data.imagePull, { state: 'running', host: 'local', operation: 'image.pull' })
  t.ok(await soon(() => spies.local.open > open))
  const cancelled = await admin.graphql(`mutation { jobCancel(id: "${data.imagePull.jobId}") { state } }`)
  t.same(cancelled.data, { jobCancel: { state: 'cancelled' } })
  t.ok(await nothingUnderWay(spies.local, open))
  t.equal((await record('image.pull'))?.surface, 'graphql')
})

t.test('what the door refuses, or the handler without asking anybody, is refused as ever and is no job', async t => {
  const before = (await admin.get('/jobs')).body.items.length
  t.match(await admin.send('POST', '/hosts/nowhere/images/pull', { reference: PULLED }, ASYNC), { status: 404, body: { code: 'not-found' } })
  t.match(await pull('Not A Reference'), { status: 400, body: { code: 'invalid-input' } })
  t.match(await pull(PULLED, {}, ann), { status: 404 })
  t.match(await admin.send('POST', `${IMAGES}/no-such/push`, {}, ASYNC), { status: 404, body: { detail: 'no such image: no-such' } })
  const { errors } = await admin.graphql('mutation { imagePull(host: "nowhere", reference: "x") { jobId } }')
  t.equal(errors[0].extensions.code, 'not-found')
  t.equal((await admin.get('/jobs')).body.items.length, before)
})

t.test('what the engine refuses is how the job ended', async t => {
  const { status, body: { id } } = await pull(`${REGISTRY}/nothing:here`)
  t.equal(status, 202)
  const last = (await events(id)).at(-1)
  t.match(last, { type: 'error', problem: { code: 'not-found', detail: /nothing/ } })
  const ended = await job(id)
  t.match(ended, { state: 'failed', error: { code: 'not-found', status: 404 } })
  t.same(ended.error, last.problem)
  t.match(await record('image.pull'), { outcome: { code: 'not-found' } })
})

t.test('a build goes on once its context has been read in', async t => {
  const { status, body } = await build('RUN sleep 1; echo built')
  t.equal(status, 202)
  t.equal(body.state, 'running')
  t.match(await events(body.id), /./)
  t.match(await job(body.id), { operation: 'image.build', state: 'succeeded', result: { id: /^sha256:/ } })
  const failed = (await build('RUN exit 7')).body
  t.match((await events(failed.id)).at(-1), { type: 'error', problem: { code: 'unprocessable', detail: /returned a non-zero code: 7/ } })
  t.match(await job(failed.id), { state: 'failed' })
})

t.test('a client that leaves within its upload ends the work, and the job says so', async t => {
  const open = spies.local.open
  const body = new PassThrough()
  body.write(context(`FROM ${engine.image}\n`, { path: 'large', data: 'x'.repeat(100_000) }).subarray(0, 50_000))
  const leaving = new AbortController()
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: body as unknown as NonNullable<RequestInit['body']>, duplex: 'half', headers: { 'content-type': 'application/x-tar', ...ASYNC }, signal: leaving.signal }
  const sent = admin.fetch(admin.address(`${IMAGES}/build`), init).catch(() => {})
  const running = async () => (await admin.get('/jobs?state=running&operation=image.build')).body.items
  t.ok(await soon(async () => (await running()).length === 1), 'it is there while the body comes')
  const [{ id }] = await running()
  leaving.abort()
  await sent
  t.ok(await soon(async () => (await job(id)).state === 'cancelled'))
  t.ok(await nothingUnderWay(spies.local, open))
})

t.test('a secret of the input is nowhere but in the call to the engine', async t => {
  const canary = 'canary-of-the-job'
  const { body: { id } } = await pull(PULLED, { registryAuth: { username: 'tester', password: canary } })
  await events(id)
  for (const file of await readdir(dataDir)) t.notOk((await readFile(join(dataDir, file))).includes(canary), file)
})

t.test('lists are one\'s own, in pages, newest first', async t => {
  const first = (await admin.get('/jobs?limit=2')).body
  const second = (await admin.get(`/jobs?limit=2&cursor=${first.nextCursor}`)).body
  const ids = [...first.items, ...second.items].map(({ id }) => id)
  t.same(ids, [...new Set(ids)].sort().reverse())
  t.equal(ids.length, 4)
  t.match((await admin.get('/jobs?state=failed&operation=image.build&host=local')).body.items, [{ state: 'failed', operation: 'image.build' }])
  t.match((await admin.get('/jobs?host=other')).body.items, [{ host: 'other' }])
  for (const bad of ['limit=0', 'limit=1001', 'state=idle', 'cursor=x']) t.equal((await admin.get(`/jobs?${bad}`)).status, 400, bad)
  t.same((await ann.get('/jobs')).body, { items: [] })
})

t.test('a job that is another\'s is as if it were not there', async t => {
  const { body: { id } } = await pull(ENDLESS)
  for (const wanted of [id, '01K0000000000000000000N0NE']) {
    const detail = `no such job: ${wanted}`
    const refused = { status: 404, body: { code: 'not-found', detail } }
    t.match(await ann.get(`/jobs/${wanted}`), refused)
    t.match(await ann.get(`/jobs/${wanted}/events`), refused)
    t.match(await ann.post(`/jobs/${wanted}/cancel`), refused)
    t.match(await ann.follow(`/jobs/${wanted}/events`), { code: 404, reason: 'not-found' })
    const { errors } = await ann.graphql(`{ job(id: "${wanted}") { id } }`)
    t.match(errors, [{ message: detail, extensions: { code: 'not-found' } }])
  }
  t.match(await job(id), { state: 'running' }, 'it was not cancelled')
  t.match(await record('job.cancel'), { outcome: { code: 'not-found' } })
  await admin.post(`/jobs/${id}/cancel`)
})

t.test('one\'s own job needs no right, and admins see those of all', async t => {
  const { body: { id: userId } } = await ann.get('/auth/me')
  const running = services.jobs.prepare(operations.get('image.pull') as AnyOperation, { id: userId, username: 'ann', admin: false, credential: { kind: 'jwt', id: '', session: '' } })
  const work = new PassThrough({ objectMode: true })
  running.signal.addEventListener('abort', () => { work.destroy() })
  await services.jobs.begin(running, 'local')
  services.jobs.run(running, Promise.resolve(work), { requestId: 'r1', shutdown: new AbortController().signal })
  work.write({ type: 'step', text: 'hello' })
  const { id } = running.job
  t.match((await ann.get('/jobs')).body, { items: [{ id, state: 'running' }] })
  t.match((await admin.get('/jobs?limit=1')).body, { items: [{ id }] })
  t.match(await job(id), { state: 'running' })
  t.match(await ann.post(`/jobs/${id}/cancel`), { status: 200, body: { state: 'cancelled' } })
  t.match(ndjson((await ann.get(`/jobs/${id}/events`)).text), [{ type: 'step', text: 'hello', cursor: '1' }, { type: 'error' }])
})

t.test('a shutdown ends what runs', async t => {
  const { body: { id } } = await pull(ENDLESS)
  await services.jobs.close()
  t.match(await job(id), { state: 'interrupted' })
  t.match((await events(id)).at(-1), { type: 'error', problem: { code: 'outcome-unknown', detail: /gateway ended/ } })
})
