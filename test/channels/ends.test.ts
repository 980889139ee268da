import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { HTTP_TIMEOUTS } from '../../src/routes/http/timeouts.js'
import { engines } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { ChannelClient, RAW, channelBed, until } from './bed.js'

const gateway = await startGateway(t, { deadlines: { ...HTTP_TIMEOUTS, takeMs: 1500 } })
const { admin, spies } = gateway
const { container, exec, attach, attachExec, record } = channelBed(gateway)
/** Short calls keep up to so many connections for the next. */
const KEPT = 32

t.test('the container is removed', async t => {
  const id = await container(t, { command: ['sleep', '600'] })
  const channels = [await attach(id), await attach(id, '', RAW), await attachExec(await exec(id, ['sleep', '601']))]
  t.equal((await admin.delete(`/hosts/local/containers/${id}?force=true`)).status, 204)
  for (const channel of channels) t.same(await channel.ended, { code: 4404, reason: 'not-found' })
  t.match(channels[0]?.statuses, [{ reason: 'removed' }])
  t.same(channels.map(({ received }) => received), [0, 0, 0])
})

t.test('the container is removed while commands in it begin', async t => {
  const tries = await Promise.all(Array.from({ length: 8 }, async (_, index) => {
    const id = await container(t, { command: ['sleep', '600'] })
    const execId = await exec(id, ['sleep', '601'], { tty: index % 2 === 1 })
    const [channel, answer] = await Promise.all([
      attachExec(execId).catch(() => null),
      admin.post(`/hosts/local/containers/${id}/exec`, { command: ['sleep', '602'] }),
      sleep(20 + 20 * index).then(async () => await admin.delete(`/hosts/local/containers/${id}?force=true`))
    ])
    if (channel !== null) {
      t.same(await channel.ended, { code: 4404, reason: 'not-found' })
      t.same(String(channel.stdout) + String(channel.stderr), '', 'what the engine says of it is no output')
    }
    t.ok([404, 409].includes(answer.status) || [undefined, 137].includes(answer.body.exitCode), answer.text)
    t.ok(answer.status !== 200 || answer.body.stdout + answer.body.stderr === '', answer.text)
    return channel
  }))
  t.ok(tries.some(channel => channel !== null), 'some of them were there in time')
})

t.test('the container is killed, or removes itself', async t => {
  const killed = await container(t, { command: ['sleep', '600'] })
  const channel = await attach(killed)
  await call(engines[0], 'POST', `/containers/${killed}/kill`)
  t.same(await channel.ended, { code: 1000, reason: 'exit 137' })
  const own = await container(t, { command: ['sh', '-c', 'read x; exit 6'], openStdin: true, remove: true })
  const last = await attach(own)
  last.write('\n')
  t.same(await last.ended, { code: 1000, reason: 'exit 6' })
})

t.test('a process that closed its outputs is waited for', async t => {
  const id = await container(t, { command: ['sh', '-c', 'read x; exec >&- 2>&-; read x; exit 8'], openStdin: true })
  const channel = await attach(id)
  channel.write('\n')
  await sleep(500)
  channel.write('\n')
  t.same(await channel.ended, { code: 1000, reason: 'exit 8' })
})

t.test('what can\'t be started says so', async t => {
  const id = await container(t, { command: ['sleep', '600'] })
  const channel = await attachExec(await exec(id, ['/no/such/program']))
  t.match(await channel.ended, { code: 1000, reason: /^exit 12[67]$/ })
  t.match(String(channel.stdout) + String(channel.stderr), /no such file/)
})

t.test('the engine goes away', async t => {
  const id = await container(t, { command: ['sleep', '600'], openStdin: true })
  const terminal = await container(t, { command: ['sh'], openStdin: true, tty: true })
  const channels = [await attach(id), await attach(terminal), await attachExec(await exec(id, ['cat'])), await attachExec(await exec(id, ['cat'], { tty: true }))]
  await spies.local.down()
  for (const channel of channels) {
    t.same(await channel.ended, { code: 4503, reason: 'host-unreachable' })
    t.match(channel.statuses, [{ problem: { code: 'host-unreachable', detail: /local/, status: 503 } }])
  }
  await spies.local.up()
  t.match((await record('exec.attach')).outcome, { code: 'host-unreachable', end: 'error' })
})

t.test('a client that takes nothing is let go of', async t => {
  const id = await container(t, { command: ['sleep', '600'] })
  const execId = await exec(id, 'cat /dev/zero')
  const channel = await attachExec(execId)
  channel.socket.pause()
  t.ok(await until(async () => !(await admin.get(`/hosts/local/exec/${execId}`)).body.running), 'the command is over')
  t.match((await record('exec.attach')).outcome, { code: 'too-slow', end: 'error' })
  channel.socket.resume()
  t.same(await channel.ended, { code: 4408, reason: 'too-slow' })
  t.match(channel.statuses.at(-1), { problem: { code: 'too-slow' } })
})

t.test('one that is slow, and takes something, stays', async t => {
  const id = await container(t, { command: ['sleep', '600'] })
  const channel = await attachExec(await exec(id, 'head -c 60000000 /dev/zero'))
  for (let times = 0; times < 6; times++) {
    channel.socket.pause()
    await sleep(700)
    channel.socket.resume()
    await Promise.race([sleep(20), channel.ended])
  }
  t.same(await channel.ended, { code: 1000, reason: 'exit 0' })
  t.equal(channel.received, 60_000_000)
})

t.test('the client leaves before the engine has answered', async t => {
  const id = await container(t, { command: ['sleep', '600'] })
  const before = spies.local.open
  spies.local.hang()
  const early = Array.from({ length: 5 }, () => new ChannelClient(admin, `/hosts/local/containers/${id}/attach`))
  await spies.local.seen(({ url }) => url === `/containers/${id}/json`)
  for (const { socket } of early) socket.terminate()
  await sleep(100)
  await spies.local.up()
  t.ok(await until(() => spies.local.open <= Math.max(before, KEPT)))
  t.notOk(spies.local.requests.some(({ url }) => url.includes(`${id}/attach`)), 'nothing was opened for who had left')
})

t.test('500 at once, and nothing is left of them', async t => {
  const id = await container(t, { command: ['sh', '-c', 'while read line; do echo "$line"; done'], openStdin: true })
  const streams = async () => Number(/operation="container.attach",surface="ws"} (\d+)/.exec(await gateway.services.metrics.registry.getSingleMetricAsString('caisson_streams_open'))?.[1])
  const handles = () => process.getActiveResourcesInfo().filter(kind => /^(TCP|Pipe|TLS)/.test(kind)).length
  await (await attach(id)).socket.close()
  await until(() => spies.local.open <= KEPT)
  const [openBefore, handlesBefore] = [spies.local.open, handles()]
  const channels = Array.from({ length: 500 }, (_, index) => new ChannelClient(admin, `/hosts/local/containers/${id}/attach${index % 2 === 0 ? '?stdin=false' : ''}`))
  const opened = await Promise.all(channels.map(async ({ socket, ended }) => await Promise.race([new Promise(resolve => socket.once('open', () => { resolve('open') })), ended])))
  const refused = opened.filter(how => how !== 'open')
  t.ok(refused.every(how => [429, 503, 504].includes((how as { code: number }).code)), `a clear code each: ${JSON.stringify(refused.slice(0, 3))}`)
  const live = channels.filter((_, index) => opened[index] === 'open')
  t.ok(live.length > 0, `${live.length} are open`)
  live.find((_, index) => index % 2 === 1 && opened[index] === 'open')?.write('everybody\n')
  for (const channel of live) await channel.says(/everybody/)
  for (const { socket } of live) socket.terminate()
  t.ok(await until(async () => await streams() === 0), 'the gateway has let go of each')
  // An engine that reads no input finds out that a reader has gone when there is something to write.
  const last = await attach(id)
  last.write('again\n')
  await last.says(/again/)
  last.socket.close()
  t.ok(await until(() => spies.local.open <= Math.max(openBefore, KEPT)), `engine connections: ${openBefore}, ${spies.local.open}`)
  // The proxy before the engine is in this process as well, so that each kept connection counts three times.
  t.ok(await until(() => handles() <= handlesBefore + 3 * KEPT), `handles: ${handlesBefore}, ${handles()}`)
  t.equal((await admin.get('/hosts')).status, 200)
})

t.test('the session ends, or the user is disabled', async t => {
  const id = await container(t, { command: ['sleep', '600'] })
  for (const [name, undo] of [['fay', async (client: typeof admin) => await client.post('/auth/logout')], ['gus', async () => await admin.patch('/users/gus', { disabled: true })]] as const) {
    await gateway.services.users.create({ username: name, password: 'correct horse battery staple', admin: true })
    const client = await gateway.nobody.signIn(name, 'correct horse battery staple')
    const channel = await ChannelClient.open(client, `/hosts/local/containers/${id}/attach`)
    const begun = performance.now()
    t.ok((await undo(client)).status < 300, name)
    t.same(await channel.ended, { code: 4401, reason: 'unauthenticated' }, name)
    t.match(channel.statuses.at(-1), { problem: { code: 'unauthenticated' } })
    t.ok(performance.now() - begun < 5000, 'within five seconds')
  }
})

t.test('the right is withdrawn', async t => {
  const id = await container(t, { command: ['sleep', '600'] })
  await gateway.services.users.create({ username: 'hal', password: 'correct horse battery staple' })
  const grantOf = async (role: string) => (await admin.post('/grants', { user: 'hal', role, hosts: ['local'] })).body.id as string
  await grantOf('viewer')
  const developer = await grantOf('developer')
  const client = await gateway.nobody.signIn('hal', 'correct horse battery staple')
  const channels = [await ChannelClient.open(client, `/hosts/local/containers/${id}/attach`), await ChannelClient.open(client, `/hosts/local/exec/${await exec(id, ['cat'], {}, client)}/attach`)]
  const begun = performance.now()
  t.equal((await admin.delete(`/grants/${developer}`)).status, 204)
  for (const channel of channels) {
    t.same(await channel.ended, { code: 4403, reason: 'forbidden' })
    t.match(channel.statuses.at(-1), { problem: { code: 'forbidden' } })
  }
  t.ok(performance.now() - begun < 5000, 'within five seconds')
  t.equal((await client.get(`/hosts/local/containers/${id}`)).status, 200, 'what is left of the rights is left')
})

t.test('the gateway shuts down', async t => {
  const other = await startGateway(t)
  const bed = channelBed(other)
  // By the one that goes on: it removes it.
  const id = await container(t, { command: ['sleep', '600'] })
  const channels = [await bed.attach(id), await bed.attachExec(await bed.exec(id, ['cat'], { tty: true }), RAW)]
  await other.app.close()
  for (const channel of channels) t.same(await channel.ended, { code: 1012, reason: 'shutdown' })
  t.same(channels[0]?.statuses, [{ reason: 'shutdown' }])
  await other.services.journal.flush()
  t.match((await other.services.journal.list({ limit: 1, operation: 'exec.attach' })).items, [{ stage: 'completed', outcome: { end: 'shutdown', bytesIn: 0 } }])
})
