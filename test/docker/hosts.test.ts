import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

t.test('every operation goes to the host it names and to no other', async t => {
  const { admin, spies } = await startGateway(t)
  const name = `where-${process.pid}`
  spies.local.reset()
  spies.other.reset()
  t.equal((await admin.post('/hosts/other/containers', { image, name })).status, 201)
  t.teardown(async () => await admin.delete(`/hosts/other/containers/${name}?force=true`))
  t.equal(spies.local.bytes, 0)
  t.ok(spies.other.requests.some(({ url }) => url.startsWith('/containers/create')))
  t.equal((await admin.get(`/hosts/local/containers/${name}`)).status, 404, 'what is on one is not on the other')
  const { body } = await admin.get(`/containers?all=true&name=${name}`)
  t.match(body, { items: [{ host: 'other', name }], errors: [] })
})

t.test('a host that is down', async t => {
  const { admin, spies } = await startGateway(t)
  await spies.other.down()
  const begun = Date.now()
  t.match(await admin.get('/hosts/other/containers'), { status: 503, body: { code: 'host-unreachable' } })
  t.match(await admin.post('/hosts/other/containers/x/start'), { status: 503, body: { code: 'host-unreachable' } })
  t.match(await admin.post('/hosts/other/containers', { image }), { status: 503, body: { code: 'host-unreachable' } })
  t.match((await admin.graphql('{ hostInfo(host: "other") { engineId } }')).errors, [{ extensions: { code: 'host-unreachable' } }])
  t.match(await admin.follow('/hosts/other/containers/x/logs'), { code: 503, reason: 'host-unreachable' })
  t.ok(Date.now() - begun < 2000, 'told within two seconds')

  const { body } = await admin.get('/containers?all=true')
  t.same(body.errors.map(({ host, code }: { host: string, code: string }) => [host, code]), [['other', 'host-unreachable']], 'costs a list its own rows and a line')
  t.match((await admin.get('/hosts')).body.items, [{ name: 'local', reachable: true }, { name: 'other', reachable: false, detail: /cannot be reached/ }])
  t.match((await (await admin.fetch(`${admin.url}/readyz`)).json()), { status: 'ok', hosts: [{ host: 'local', status: 'ok' }, { host: 'other', status: 'host-unreachable' }] })

  await spies.other.up()
  t.equal((await admin.get('/hosts/other/containers')).status, 200, 'and is back when it is back')
})

t.test('a host that accepts and never answers', async t => {
  const { admin, spies, services } = await startGateway(t)
  spies.other.hang()
  const begun = Date.now()
  const calls = ['/hosts/other/containers', '/hosts/other/containers/x', '/hosts/other/images/x', '/hosts/other/info', '/hosts/other/version']
  const answers = await Promise.all(calls.map(async path => await admin.get(path)))
  for (const [nth, answer] of answers.entries()) t.match(answer, { status: 504, body: { code: 'host-timeout' } }, String(calls[nth]))
  t.ok(Date.now() - begun < 12_000)
  await services.journal.flush()
  for (const { outcome } of (await services.journal.list({ limit: calls.length })).items) t.match(outcome, { code: 'host-timeout', end: 'error' })
  t.match((await admin.get('/hosts')).body.items, [{ reachable: true }, { reachable: false }])
  await spies.other.up()
})

t.test('a host whose address takes no connection and refuses none', async t => {
  // A process that is stopped accepts nothing; once its backlog is full the kernel drops what else comes.
  const script = 'require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () { console.log(this.address().port) })'
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(async () => { child.kill('SIGKILL') })
  const [line] = await once(child.stdout, 'data')
  const port = Number(String(line))
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  t.teardown(async () => { for (const socket of fillers) socket.destroy() })
  await sleep(200)

  const { admin } = await startGateway(t, { environment: { CAISSON_HOSTS: `local=tcp://127.0.0.1:${port}` } })
  const begun = Date.now()
  t.match(await admin.get('/hosts/local/containers'), { status: 503, body: { code: 'host-unreachable', detail: /no connection in time/ } })
  t.ok(Date.now() - begun < 2000, 'told within two seconds')
})
