import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, call as callEngine } from '../../scripts/lib/api.mjs'
import { tar } from '../../scripts/lib/tar.mjs'
import type { Answer, Client } from '../support/client.js'
import { engines, image } from '../support/engines.js'
import { startGatewayProcess } from '../support/gateway-process.js'
import { startSpy } from '../support/spy.js'

const [engine] = engines
const CONTAINERS = '/hosts/local/containers'
const under = (key: string) => ({ 'idempotency-key': key })
const dataDir = await mkdtemp(join(tmpdir(), 'caisson-death-'))
const spy = await startSpy(engine.socketPath)
t.teardown(async () => {
  await spy.close()
  await rm(dataDir, { recursive: true, force: true })
  for (const { Id } of await listed('death-')) await ask(engine, 'DELETE', `/containers/${Id}?force=true&v=true`)
})

const listed = async (name: string): Promise<Array<{ Id: string, State: string, Labels: Record<string, string> }>> =>
  await ask(engine, 'GET', `/containers/json?all=true&filters=${encodeURIComponent(JSON.stringify({ name: [`^/${name}`] }))}`)

interface Lost { readonly call: (client: Client) => Promise<Answer>, readonly path: string, readonly isDone: () => Promise<boolean> }

/** The gateway is killed between what the engine did and the answer. */
async function killedWithin (calls: readonly Lost[]): Promise<void> {
  const { child, admin } = await startGatewayProcess(t, { dataDir, hosts: `local=${spy.url}` })
  spy.mute(({ url }) => calls.some(({ path }) => url.includes(path)))
  const lost = Promise.allSettled(calls.map(async ({ call }) => await call(admin)))
  for (const { isDone } of calls) while (!await isDone()) await sleep(20)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.match(await lost, calls.map(() => ({ status: 'rejected' })), 'nobody had an answer')
  await spy.up()
}

const there = (name: string, state?: string) => async () => (await listed(name)).some(({ State }) => state === undefined || State === state)
const post = (path: string, body: object, key: string) => async (client: Client) => await client.post(CONTAINERS + path, body, under(key))

const create = post('', { image, name: 'death-create', command: ['sleep', '60'] }, 'create')
const run = post('/run', { image, name: 'death-run', command: ['sleep', '60'] }, 'run')
const wait = post('/run', { image, name: 'death-wait', command: ['sh', '-c', 'echo said; exit 5'], wait: true, remove: true }, 'wait')
const temporary = async (client: Client) => await client.post(CONTAINERS, { image, name: 'death-temporary', command: ['true'], ttlSeconds: 1 })
const gone = post('/run', { image, name: 'death-gone', command: ['sleep', '60'] }, 'gone')

t.test('the gateway is killed between the engine\'s success and the answer: what was made is found again, and nothing is made twice', async t => {
  await ask(engine, 'POST', '/containers/create?name=death-old', { json: { Image: image, Cmd: ['true'] } })
  await ask(engine, 'POST', '/containers/create?name=files-death', { json: { Image: image, Cmd: ['true'] } })
  t.teardown(async () => { await ask(engine, 'DELETE', '/containers/files-death') })
  const copy = async (client: Client) => await client.upload('PUT', `${CONTAINERS}/files-death/files?path=/tmp`, new Uint8Array(tar([{ path: 'sent', data: 'x' }])), under('copy'))
  const isCopied = async () => (await callEngine(engine, 'GET', '/containers/files-death/archive?path=/tmp/sent')).status === 200
  const rename = post('/death-old/rename', { name: 'death-new' }, 'rename')
  await killedWithin([
    { call: create, path: 'name=death-create', isDone: there('death-create') },
    { call: run, path: 'name=death-run', isDone: there('death-run') },
    { call: wait, path: '/start', isDone: there('death-wait', 'exited') },
    { call: gone, path: 'name=death-gone', isDone: there('death-gone') },
    { call: temporary, path: 'name=death-temporary', isDone: there('death-temporary') },
    { call: rename, path: '/rename', isDone: there('death-new') },
    { call: copy, path: '/archive', isDone: isCopied }
  ])
  // Committed from what was made, an image has its label; what is made of that past the gateway is not what was made.
  const [{ Id: orphan = '' } = {}] = await listed('death-gone')
  await ask(engine, 'POST', `/commit?container=${orphan}&repo=caisson-test/death&tag=latest`, { json: {} })
  await ask(engine, 'DELETE', `/containers/${orphan}`)
  await ask(engine, 'POST', '/containers/create?name=death-child', { json: { Image: 'caisson-test/death', Cmd: ['true'] } })

  const { child, admin } = await startGatewayProcess(t, { dataDir, hosts: `local=${spy.url}` })
  spy.reset()
  const created = await create(admin)
  const [{ Id: id = '' } = {}] = await listed('death-create')
  t.match(created, { status: 201, body: { id, name: 'death-create', warnings: [] } })
  t.same((await create(admin)).body, created.body)

  t.match(await run(admin), { status: 201, body: { name: 'death-run' } })
  t.match(await listed('death-run'), [{ State: 'running' }], 'what was made and not started is started')
  t.match(await wait(admin), { status: 201, body: { name: 'death-wait', exitCode: 5, stdout: 'said\n', stderr: '', truncated: false } })
  t.same(await listed('death-wait'), [], 'and removed, as was asked for')

  for (const call of [gone, rename, copy]) t.match(await call(admin), { status: 409, body: { code: 'outcome-unknown', detail: /not made again/ } })
  t.match(await gone(admin), { status: 409, body: { code: 'outcome-unknown' } }, 'and so it stays')
  t.same(spy.requests.filter(({ url }) => url.includes('/containers/create')), [], 'nothing was made again')
  while (await there('death-temporary')()) await sleep(50)
  t.equal((await listed('death-')).length, 4)
  const temporaries = (await admin.get('/audit?operation=container.expire')).body.items
  t.match(temporaries, [{ surface: 'internal', target: { name: 'death-temporary' } }], 'what had a time to live, and nobody was told of, is gone as well')

  const { items } = (await admin.get('/audit?operation=container.create&limit=10')).body as { items: Array<{ id: string, outcome: { repeatOf?: string } }> }
  const repeats = items.filter(({ outcome: { repeatOf } }) => repeatOf !== undefined)
  t.equal(repeats.length, 2)
  t.match(items.find(({ id }) => id === repeats[0]?.outcome.repeatOf), { stage: 'recovered', outcome: { code: 'outcome-unknown' } }, 'they name the call that was cut off')
  child.kill()
  await once(child, 'exit')
  await ask(engine, 'DELETE', `/containers/${(await listed('death-child'))[0]?.Id}`)
  await ask(engine, 'DELETE', '/images/caisson-test/death')
})
