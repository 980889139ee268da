import t, { type Test } from 'tap'
import { ask, call } from '../../../scripts/lib/api.mjs'
import { UnverifiedContainers } from '../../../src/engine/unverified-containers.js'
import { withCallLabel } from '../../../src/engine/call-label.js'
import { engine, image, limitsBed } from './bed.js'
import { meddler } from './meddler.js'

const between = await meddler(t, engine)
const bed = await limitsBed(t, 'unseen', between)
const { ann, gateway: { admin }, allow, inspect, clear, lastRule } = bed
const NAME = bed.name('container')
const OTHER = bed.name('other')
const HERE = `/hosts/local/containers/${NAME}`
const BEYOND = `limits-unseen-${process.pid}`
const create = async (spec: object = {}, headers?: Record<string, string>) => (await ann.post('/hosts/local/containers', { image, name: NAME, command: ['true'], ...spec }, headers)).body

await ask(engine, 'POST', `/containers/create?name=${NAME}`, { json: { Image: image } })
await call(engine, 'POST', `/commit?${new URLSearchParams({ container: NAME, repo: BEYOND, changes: 'WORKDIR /proc' })}`)
await clear(NAME)
await allow({})
t.teardown(async () => { await call(engine, 'DELETE', `/images/${BEYOND}?force=true`) })
t.afterEach(async () => {
  Object.assign(between, { answers: () => true, removes: true })
  await clear(NAME, OTHER)
})

interface Labels { labels?: Record<string, string> }

/** All that could be done with it meanwhile, on whatever surface. */
async function refusals (t: Test, words: RegExp): Promise<void> {
  const refused = { status: 409, code: 'conflict', detail: words }
  for (const [how, body] of [
    ['start', {}], ['restart', {}], ['unpause', {}], ['kill', {}], ['exec', { command: ['true'] }], ['rename', { name: OTHER }], ['commit', { reference: 'limits/x' }], ['wait', {}], ['resize', { rows: 1, columns: 1 }]
  ] as const) for (const who of [ann, admin]) t.match((await who.post(`${HERE}/${how}`, body)).body, refused, how)
  for (const how of ['files/stat?path=/', 'files?path=/', 'export', 'logs', 'stats']) t.match((await ann.get(`${HERE}/${how}`)).status, 409, how)
  t.equal((await ann.patch(HERE, { cpuShares: 2 })).status, 409)
  t.match((await ann.graphql(`mutation { containerStart(host: "local", id: "${NAME}") }`)).errors, [{ extensions: { code: 'conflict' } }])
  t.equal(await lastRule(), 'unready')
  t.match((await ann.get(HERE)).status, 200, 'it may be looked at')
  t.match(await inspect(NAME), { State: { StartedAt: /^0001/ } }, 'it never ran')
}

t.test('nobody does anything with what is still to be looked at', async t => {
  between.answers = async () => {
    await refusals(t, /is still being made: wait/)
    await allow({}, { match: { names: ['limits-unseen-*'] } })
    t.equal((await ann.post('/hosts/local/containers', { image, name: OTHER, volumesFrom: [NAME] })).status, 409, 'nor with it for another')
    return true
  }
  t.match(await create({ image: BEYOND }), { status: 403, errors: [{ path: '/workingDir' }] })
  t.equal(await inspect(NAME), undefined)
  between.answers = () => true
  t.match(await create(), { name: NAME })
  t.equal((await ann.post(`${HERE}/start`)).status, 204, 'what was let through is the caller\'s')
})

t.test('a create whose answer was lost leaves nothing to be started', async t => {
  await allow({})
  between.answers = () => false
  t.match(await create({ image: BEYOND }), { code: 'host-unreachable' })
  await refusals(t, /a create whose end is not known.*: remove it/)
  t.equal((await ann.delete(HERE)).status, 204)
  between.answers = () => true
  t.match(await create(), { name: NAME })
})

t.test('nor does one that something before the engine gave up', async t => {
  between.answers = () => 504
  t.match(await create({ image: BEYOND }), { code: 'engine-error' })
  t.match((await ann.post(`${HERE}/start`)).body, { status: 409, detail: /not known/ })
})

t.test('under its key it is looked at by the next call', async t => {
  const key = { 'Idempotency-Key': `unseen-${process.pid}` }
  between.answers = () => false
  await create({}, key)
  t.equal((await ann.post(`${HERE}/start`)).status, 409)
  t.match(await create({}, key), { name: NAME })
  t.equal((await ann.post(`${HERE}/start`)).status, 204)
})

t.test('what can\'t be removed again is told of, and stays as it is', async t => {
  between.removes = false
  t.match(await create({ image: BEYOND }), { status: 403, errors: [{ path: '/workingDir' }], detail: /that was made could not be removed again \(it is busy\): remove it/ })
  t.match((await ann.post(`${HERE}/start`)).body, { status: 409, detail: /remove it/ })
})

t.test('what is not known is never forgotten for want of room', t => {
  const unseen = new UnverifiedContainers(2)
  for (const mark of ['a', 'b']) unseen.begin(mark)
  unseen.lost('a')
  t.throws(() => { unseen.begin('c') }, { code: 'overloaded' })
  t.match(unseen.reason(withCallLabel<Labels>({}, 'a').labels ?? {}), /not known/)
  unseen.end('b')
  unseen.begin('c')
  t.match([unseen.reason(withCallLabel<Labels>({}, 'b').labels ?? {}), unseen.reason({})], [undefined, undefined])
  t.end()
})
