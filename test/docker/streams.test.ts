import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { LIVE_LIMITS } from '../../src/engine/live/feed.js'
import { engines, image } from '../support/engines.js'
import { ndjson, type Client } from '../support/client.js'
import { archive } from '../support/examples.js'
import { startGateway } from '../support/gateway.js'
import { answeringLate } from '../support/late-answers.js'

const gateway = await startGateway(t)
const { admin, spies } = gateway
let made = 0

async function run (t: { teardown (undo: () => Promise<unknown>): unknown }, script: string, rest: object = {}): Promise<string> {
  const { status, body, text } = await admin.post('/hosts/local/containers/run', { image, name: `streams-${process.pid}-${made++}`, command: ['sh', '-c', script], ...rest })
  if (status !== 201) throw new Error(text)
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${body.id}?force=true`))
  return body.id as string
}

const logs = async (client: Client, id: string, query = '') => ndjson((await client.get(`/hosts/local/containers/${id}/logs?follow=true${query}`)).text)

for (const tty of [false, true]) {
  t.test(`lines over 16 KiB and characters of several bytes are whole, ${tty ? 'with' : 'without'} a terminal`, async t => {
    // The engine's own log keeps 16 KiB a message, and no character that it had to cut: the long line is ASCII.
    const script = 'i=0; while [ $i -lt 5000 ]; do printf 123456789; i=$((i+1)); done; echo; i=0; while [ $i -lt 9000 ]; do echo "äöü€"; i=$((i+1)); done'
    const id = await run(t, script, { tty })
    await logs(admin, id)
    const events = ndjson((await admin.get(`/hosts/local/containers/${id}/logs`)).text)
    t.equal(events[0].text, '123456789'.repeat(5000))
    t.equal(events.length, 1 + 9000 + 1)
    t.ok(events.slice(1, -1).every(({ text }) => text === 'äöü€'))
  })
}

t.test('a cursor goes on behind its line, without a gap or a repeat', async t => {
  const id = await run(t, 'for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done')
  const all = (await logs(admin, id)).filter(({ type }) => type === 'log')
  t.equal(all.length, 9)
  for (const [index, { cursor }] of all.entries()) {
    const rest = (await logs(admin, id, `&after=${cursor}`)).filter(({ type }) => type === 'log')
    t.same(rest.map(({ text }) => text), all.slice(index + 1).map(({ text }) => text))
  }
})

t.test('the formats of one address', async t => {
  const id = await run(t, 'echo one')
  await logs(admin, id)
  const sse = await admin.get(`/hosts/local/containers/${id}/logs`, { accept: 'text/event-stream' })
  t.match(sse.headers.get('content-type'), 'text/event-stream')
  t.match(sse.text, /^id: \d+-0o\ndata: \{"type":"log".*\}\n\nid: end\ndata: \{"type":"end","reason":"complete"\}\n\n$/)
  t.equal((await admin.get(`/hosts/local/containers/${id}/logs`, { accept: 'text/event-stream', 'last-event-id': 'end' })).status, 204)
  t.match((await admin.get(`/hosts/local/containers/${id}/logs`, { accept: 'image/png' })).headers.get('content-type'), 'application/x-ndjson')
})

t.test('a reader that leaves lets go of the engine, however it read', async t => {
  const id = await run(t, 'while true; do echo x; sleep 0.1; done')
  const before = async () => { await sleep(300); return spies.local.requests.length }
  await Promise.all(Array.from({ length: 40 }, async () => await admin.get(`/hosts/local/containers/${id}`)))
  await before()
  const idle = spies.local.open
  const controller = new AbortController()
  const response = await admin.fetch(admin.address(`/hosts/local/containers/${id}/logs?follow=true`), { signal: controller.signal })
  await response.body?.getReader().read()
  controller.abort()
  await admin.follow(`/hosts/local/containers/${id}/logs?follow=true`, (_message, socket) => { socket.terminate() })
  await Promise.all(Array.from({ length: 20 }, async () => await admin.follow(`/hosts/local/containers/${id}/logs?follow=true`, (_message, socket) => { socket.close() })))
  const subscriptions = admin.subscriptions()
  const items = subscriptions.iterate({ query: `subscription { containerLogs(host: "local", id: "${id}", follow: true) { ... on LogEvent { text } } }` })
  t.match(await items.next(), { value: { data: { containerLogs: { text: 'x' } } } })
  await items.return?.()
  await subscriptions.dispose()
  // Short calls keep a few connections of their own; 23 streams that were kept would be many more.
  for (let tries = 0; spies.local.open > idle && tries < 40; tries++) await sleep(50)
  t.ok(spies.local.open < idle + 12, `${spies.local.open} connections open, ${idle} before`)
  await gateway.services.journal.flush()
  t.notMatch(await gateway.services.metrics.registry.getSingleMetricAsString('caisson_streams_open'), /operation="container.logs".*\} [1-9]/)
  const { body } = await admin.get('/audit?operation=container.logs&limit=3')
  t.match(body.items, [{ stage: 'completed', outcome: { end: 'client-left' } }, {}, {}])
})

t.test('removed while it is followed', async t => {
  const id = await run(t, 'echo up; sleep 100')
  const end = await admin.follow(`/hosts/local/containers/${id}/logs?follow=true`, message => {
    if (message.type === 'log') void admin.delete(`/hosts/local/containers/${id}?force=true`)
  })
  t.match(end.messages.at(-1), { type: 'end', reason: end.code === 4404 ? 'removed' : 'exited' })
})

t.test('the engine goes away while a log is followed', async t => {
  const { admin, spies } = await startGateway(t, { live: { ...LIVE_LIMITS, reconnectMs: 1000 } })
  const id = await run(t, 'echo up; sleep 100')
  const end = await admin.follow(`/hosts/local/containers/${id}/logs?follow=true`, () => { void spies.local.down() })
  t.match(end, { code: 4503, reason: 'host-unreachable' })
  t.match(end.messages.at(-1), { type: 'error', problem: { code: 'host-unreachable', status: 503 } })
  await spies.local.up()
})

t.test('bare lines that broke off can not be taken for whole', async t => {
  const { admin, spies } = await startGateway(t, { live: { ...LIVE_LIMITS, reconnectMs: 1000 } })
  const id = await run(t, 'while true; do echo x; sleep 0.1; done')
  const response = await admin.fetch(admin.address(`/hosts/local/containers/${id}/logs?follow=true`), { headers: { accept: 'text/plain' } })
  t.equal(response.status, 200)
  const rest = response.text()
  await sleep(300)
  await spies.local.down()
  await t.rejects(rest, 'the answer is cut, not ended')
  await spies.local.up()
  const last = await admin.get(`/hosts/local/containers/${id}/logs`, { 'last-event-id': 'end', accept: 'text/event-stream' })
  t.equal(last.status, 204)
})

t.test('run: waits, bounds what it keeps, kills what takes too long, and removes', async t => {
  const wait = async (command: string, rest: object = {}) => (await admin.post('/hosts/local/containers/run', { image, command: ['sh', '-c', command], wait: true, remove: true, ...rest })).body
  t.match(await wait('echo out; echo err >&2; exit 7'), { exitCode: 7, stdout: 'out\n', stderr: 'err\n', truncated: false })
  const large = await wait('yes | head -c 3000000')
  t.match({ length: large.stdout.length, truncated: large.truncated }, { length: 1024 * 1024, truncated: true })
  const slow = await wait('sleep 60', { timeoutSeconds: 1 })
  t.match(slow, { timedOut: true, exitCode: 137 })
  t.equal((await admin.get(`/hosts/local/containers/${slow.id}`)).status, 404)
  const failed = await admin.post('/hosts/local/containers/run', { image, name: `fails-${process.pid}`, command: ['/no/such/program'] })
  t.ok(failed.status >= 400, failed.text)
  t.equal((await admin.get(`/hosts/local/containers/fails-${process.pid}`)).status, 404, 'what could not be started is gone')
})

t.test('run: the end of a container that was killed is told before the kill is answered', async t => {
  const late = await answeringLate(t, engines[0], path => path.includes('/kill'), 500)
  const { admin } = await startGateway(t, { engines: [late] })
  const run = async (command: string) => (await admin.post('/hosts/local/containers/run', { image, command: ['sh', '-c', command], wait: true, remove: true, timeoutSeconds: 1 })).body
  t.match(await run('sleep 60'), { timedOut: true, exitCode: 137 })
  t.match(await run('exit 4'), { timedOut: false, exitCode: 4 })
})

t.test('pull and import', async t => {
  const pull = await admin.post('/hosts/local/images/pull', { reference: 'localhost:1/nothing:here' })
  t.ok(pull.status === 502 || ndjson(pull.text).at(-1).type === 'error', pull.text)
  const form = await admin.upload('POST', '/hosts/local/images/import', 'a=b', { 'content-type': 'application/gzip' })
  t.match(form, { status: 415, body: { code: 'unsupported-media-type' } })
  const imported = await admin.upload('POST', `/hosts/local/images/import?reference=streams/${process.pid}:1`, new Uint8Array(archive()))
  t.match(ndjson(imported.text).at(-1), { type: 'end', reason: 'complete', result: { id: /^sha256:/, reference: `streams/${process.pid}:1` } })
  t.match((await admin.delete(`/hosts/local/images/${encodeURIComponent(`streams/${process.pid}:1`)}`)).body, { untagged: [`streams/${process.pid}:1`] })
  const rubbish = await admin.upload('POST', '/hosts/local/images/import', 'this is not a tar, and is no image')
  t.ok(rubbish.status >= 400 || ndjson(rubbish.text).at(-1).type === 'error', rubbish.text)
})
