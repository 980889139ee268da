/** What changes where a container is in its life: each from every state it can be asked in, on a real engine. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { speaks } from '../support/differences.js'
import { privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const engine = await privateEngine(t)
const { admin, spies } = await startGateway(t, { engines: [engine, engine] })
const { image, kind } = engine
let made = 0

const at = (id: string, verb = '') => `/hosts/local/containers/${id}${verb === '' ? '' : `/${verb}`}`
const stateOf = async (id: string): Promise<string> => (await admin.get(at(id))).body.state.status

/** A container in the state that is asked for. */
async function container (t: { teardown (undo: () => Promise<unknown>): unknown, equal (found: unknown, wanted: unknown): unknown }, state: 'created' | 'running' | 'paused' | 'exited', command = ['sleep', '600']): Promise<string> {
  const { body: { id } } = await admin.post('/hosts/local/containers', { image, name: `life-${made++}`, command: state === 'exited' ? ['true'] : command })
  t.teardown(async () => await admin.delete(`${at(id)}?force=true`))
  if (state !== 'created') await admin.post(at(id, 'start'))
  if (state === 'paused') await admin.post(at(id, 'pause'))
  if (state === 'exited') await admin.post(at(id, 'wait'))
  t.equal(await stateOf(id), state)
  return id
}

/** From which state, by which verb: the status, and the state behind it. */
const TABLE: ReadonlyArray<[from: 'created' | 'running' | 'paused' | 'exited', verb: string, status: number, to: string, body?: object]> = [
  ['created', 'start', 204, 'running'],
  ['running', 'start', 204, 'running'],
  ['paused', 'start', 409, 'paused'],
  ['exited', 'stop', 204, 'exited'],
  ['running', 'stop', 204, 'exited', { timeoutSeconds: 0 }],
  ['exited', 'restart', 204, 'exited'],
  ['running', 'restart', 204, 'running', { timeoutSeconds: 0 }],
  ['running', 'kill', 200, 'exited'],
  ['paused', 'kill', 200, 'exited'],
  ['created', 'kill', 409, 'created'],
  ['exited', 'kill', 409, 'exited'],
  ['running', 'pause', 204, 'paused'],
  ['paused', 'pause', 409, 'paused'],
  ['created', 'pause', 409, 'created'],
  ['paused', 'unpause', 204, 'running'],
  ['running', 'unpause', 409, 'running'],
  ['exited', 'unpause', 409, 'exited']
]

for (const [from, verb, status, to, body] of TABLE) {
  t.test(`${verb} what is ${from}: ${status}`, async t => {
    const id = await container(t, from)
    const answer = await admin.post(at(id, verb), body)
    t.equal(answer.status, status, answer.text)
    if (status === 409) t.match(answer.body, { code: 'conflict', detail: new RegExp(`${from}`) })
    for (let tries = 0; tries < 20 && await stateOf(id) !== to; tries++) await sleep(100)
    t.equal(await stateOf(id), to)
  })
}

t.test('kill sends the signal that was asked for', async t => {
  const id = await container(t, 'running', ['sh', '-c', 'trap "echo got HUP; exit 3" HUP; while :; do sleep 0.1; done'])
  await sleep(300)
  t.equal((await admin.post(at(id, 'kill'), { signal: 'SIGHUP' })).status, 200)
  t.match((await admin.post(at(id, 'wait'))).body, { exitCode: 3, timedOut: false })
  t.match((await admin.get(at(id, 'logs'), { accept: 'text/plain' })).text, 'got HUP')
})

t.test('a signal that does not exist', async t => {
  const id = await container(t, 'running')
  t.match((await admin.post(at(id, 'kill'), { signal: 'SIGNOSUCH' })).body, { status: 400, code: 'invalid-input', detail: /signal/i })
  t.match((await admin.post(at(id, 'kill'), { signal: '../x' })).body, { status: 400, code: 'invalid-input', errors: [{ path: '/signal' }] })
  t.equal(await stateOf(id), 'running')
  const stopped = await admin.post(at(id, 'stop'), { signal: 'SIGKILL' })
  if (speaks('1.42')) t.equal(stopped.status, 204)
  else t.match(stopped.body, { status: 400, detail: /1\.42/ }, 'an engine that would not send it is not asked')
  t.equal(await stateOf(id), speaks('1.42') ? 'exited' : 'running')
})

t.test('stop gives the process its time', async t => {
  const id = await container(t, 'running', ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'])
  const begun = performance.now()
  t.equal((await admin.post(at(id, 'stop'), { timeoutSeconds: 2 })).status, 204)
  t.ok(performance.now() - begun >= 1900)
  t.equal((await admin.get(at(id))).body.state.exitCode, 137)
})

t.test('stop and restart leave a process the time that its container gives it', async t => {
  const command = ['sh', '-c', 'trap "sleep 1.5; exit 5" TERM; while :; do sleep 0.05; done']
  /** Of a container with this time, stopped or restarted with that: the engine's own words of it. */
  const stopped = async (stopTimeoutSeconds: number | undefined, verb: string, body?: object) => {
    const { body: { id } } = await admin.post('/hosts/local/containers/run', { image, name: `life-${made++}`, command, stopTimeoutSeconds })
    t.teardown(async () => await admin.delete(`${at(id)}?force=true`))
    await sleep(500)
    const wait = admin.post(at(id, 'wait'), { condition: 'nextExit' })
    await sleep(200)
    t.equal((await admin.post(at(id, verb), body)).status, 204)
    return (await wait).body.exitCode
  }
  const ENDED = 5
  const KILLED = 137
  t.same(await Promise.all([
    stopped(1, 'stop'), stopped(1, 'restart'), stopped(25, 'stop'), stopped(-1, 'restart'),
    stopped(1, 'stop', { timeoutSeconds: 20 }), stopped(1, 'stop', { timeoutSeconds: -1 }), stopped(1, 'restart', { timeoutSeconds: -1 }), stopped(25, 'stop', { timeoutSeconds: 1 })
  ]), [KILLED, KILLED, ENDED, ENDED, ENDED, ENDED, ENDED, KILLED])
  const asked = spies.local.requests.map(({ url }) => url).filter(url => /\/(stop|restart)/.test(url)).slice(-8)
  t.same(asked.filter(url => !url.includes('t=')).length, 4, 'a time is sent only where one was given')
  t.match((await admin.post(at('a', 'stop'), { timeoutSeconds: -2 })).body, { code: 'invalid-input', errors: [{ path: '/timeoutSeconds' }] })
})

t.test('a signal to a paused container: whether that has resumed it', async t => {
  const id = await container(t, 'paused', ['sh', '-c', 'trap : HUP; while :; do sleep 0.05; done'])
  const { body } = await admin.post(at(id, 'kill'), { signal: 'SIGHUP' })
  t.equal(body.resumed, await stateOf(id) === 'running')
  t.equal(body.resumed, kind !== 'podman')
  t.same((await admin.post(at(await container(t, 'running'), 'kill'), { signal: 'SIGHUP' })).body, { resumed: false })
})

t.test('wait', async t => {
  t.test('answers at once for what does not run', async t => {
    t.same((await admin.post(at(await container(t, 'exited'), 'wait'))).body, { exitCode: 0, timedOut: false })
  })
  t.test('for the next exit', async t => {
    const id = await container(t, 'running')
    const exit = admin.post(at(id, 'wait'), { condition: 'nextExit' })
    await sleep(200)
    await admin.post(at(id, 'kill'))
    t.same((await exit).body, { exitCode: 137, timedOut: false })
  })
  t.test('for the removal', async t => {
    const id = await container(t, 'running')
    const gone = admin.post(at(id, 'wait'), { condition: 'removed' })
    await sleep(200)
    await admin.delete(`${at(id)}?force=true`)
    t.match((await gone).body, { timedOut: false })
  })
  t.test('no longer than it was told', async t => {
    const id = await container(t, 'running')
    t.same((await admin.post(at(id, 'wait'), { timeoutSeconds: 1 })).body, { timedOut: true })
  })
  t.test('no longer than its caller', async t => {
    const id = await container(t, 'running')
    await sleep(200)
    const before = spies.local.open
    const leaving = new AbortController()
    const left = admin.fetch(admin.address(at(id, 'wait')), { method: 'POST', signal: leaving.signal }).catch(() => 'left')
    await sleep(300)
    t.equal(spies.local.open, before + 1)
    leaving.abort()
    t.equal(await left, 'left')
    for (let tries = 0; tries < 20 && spies.local.open > before; tries++) await sleep(100)
    t.equal(spies.local.open, before, 'the engine waits no longer')
  })
  t.equal((await admin.post(at(await container(t, 'exited'), 'wait'), { condition: 'forever' })).status, 400)
})

t.test('rename', async t => {
  const [one, two] = [await container(t, 'created'), await container(t, 'created')]
  const { body: { name: taken } } = await admin.get(at(two))
  t.equal((await admin.post(at(one, 'rename'), { name: 'life-renamed' })).status, 204)
  t.equal((await admin.get(at('life-renamed'))).body.id, one)
  t.match((await admin.post(at(one, 'rename'), { name: taken })).body, { status: 409, code: 'conflict', detail: /already in use/ })
  for (const name of ['..', 'a/b', 'a?b', 'a%2fb', '', '-x']) t.match((await admin.post(at(one, 'rename'), { name })).body, { status: 400, errors: [{ path: '/name' }] }, name)
})

t.test('commit', async t => {
  const id = await container(t, 'running', ['sh', '-c', 'echo made > /made; sleep 600'])
  const { status, headers, body } = await admin.post(at(id, 'commit'), { reference: 'life/committed:1', author: 'Ann', message: 'as it was', changes: ['CMD ["cat", "/made"]', 'ENV A=b'] })
  t.equal(status, 201)
  t.equal(headers.get('location'), `/api/v1/hosts/local/images/${encodeURIComponent(body.id)}`)
  t.teardown(async () => await admin.delete('/hosts/local/images/life%2Fcommitted:1?force=true'))
  t.match((await admin.get('/hosts/local/images/life%2Fcommitted:1')).body, { id: body.id, author: 'Ann', command: ['cat', '/made'], env: { A: 'b' }, raw: { Comment: 'as it was' } })
  t.match((await admin.post('/hosts/local/containers/run', { image: 'life/committed:1', wait: true, remove: true })).body, { exitCode: 0, stdout: 'made\n' })
  t.equal(await stateOf(id), 'running', 'it goes on')
  const [record] = (await admin.get(`/audit?operation=container.commit&target=${id}&limit=1`)).body.items
  t.match(record, { target: { kind: 'container', id }, outcome: { made: { kind: 'image', id: body.id } } })
  t.match((await admin.post(at(id, 'commit'), { reference: 'life/x@sha256:' + 'a'.repeat(64) })).body, { status: 400, errors: [{ path: '/reference' }] })
  t.match((await admin.post(at(id, 'commit'), { changes: ['FROM scratch'] })).body, { status: 400, detail: /FROM/i })
})

t.test('prune takes what does not run and fits, and nothing else', async t => {
  const label = (value: string) => ({ image, command: ['sh', '-c', 'echo 12345 > /x; sleep 600'], labels: { prune: value } })
  const make = async (value: string) => (await admin.post('/hosts/local/containers', label(value))).body.id as string
  const [yes, no, running] = [await make('yes'), await make('no'), await make('yes')]
  for (const id of [yes, no, running]) t.teardown(async () => await admin.delete(`${at(id)}?force=true`))
  for (const id of [yes, running]) await admin.post(at(id, 'start'))
  await sleep(300)
  await admin.post(at(yes, 'kill'))
  await admin.post(at(yes, 'wait'))
  t.same((await admin.post('/hosts/local/containers/prune', { label: ['prune'], until: '1h' })).body, { removed: [], reclaimedBytes: 0 }, 'they are not that old')
  const { status, body } = await admin.post('/hosts/local/containers/prune', { label: ['prune'], labelNot: ['prune=no'] })
  t.equal(status, 200)
  t.same(body.removed, [yes])
  t.ok(body.reclaimedBytes >= 6)
  t.equal(await stateOf(no), 'created')
  t.equal(await stateOf(running), 'running')
  t.match((await admin.post('/hosts/local/containers/prune', { colour: ['red'] })).body, { status: 400, errors: [{ path: '/colour' }] })
})

t.test('ids that are not ids reach no engine', async t => {
  spies.local.reset()
  for (const id of ['..', 'a%2Fb', 'a%3Fb', 'a%25b', 'a%2F..%2Fb', '%2e%2e']) {
    for (const verb of ['restart', 'kill', 'pause', 'unpause', 'wait', 'rename', 'commit']) {
      const { status } = await admin.post(`/hosts/local/containers/${id}/${verb}`, verb === 'rename' ? { name: 'x' } : undefined)
      t.ok(status === 400 || status === 404, `${id} ${verb}: ${status}`)
    }
  }
  t.equal(spies.local.bytes, 0)
})
