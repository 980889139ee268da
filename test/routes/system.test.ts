import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ensurePackages } from '../../scripts/lib/debian.mjs'
import { PROMTOOL } from '../../scripts/lib/test-packages.mjs'
import { startGateway } from '../support/gateway.js'

t.test('whether it is ready is for everybody, the lines of hosts for who may see them', async t => {
  const { admin, ann, nobody, spies } = await startGateway(t)
  for (const spy of [spies.local, spies.other]) spy.reset()
  const ready = async ({ url, headers }: typeof admin) => await (await fetch(`${url}/readyz`, { headers })).json()
  t.strictSame(await ready(nobody), { status: 'ok', store: 'ok' })
  t.strictSame(await ready(ann), { status: 'ok', store: 'ok' }, 'who has no right at a host does not learn of it')
  t.equal(spies.local.bytes + spies.other.bytes, 0, 'and engines hear nothing of it')
  t.strictSame(await ready(admin), { status: 'ok', store: 'ok', hosts: [{ host: 'local', status: 'ok' }, { host: 'other', status: 'ok' }] })
})

t.test('whoever asks in a loop does not ask the engines in a loop', async t => {
  const { admin, spies } = await startGateway(t)
  spies.local.reset()
  const ready = async () => (await (await admin.fetch(`${admin.url}/readyz`)).json() as { hosts: Array<{ status: string }> }).hosts[0]?.status
  const answers = await Promise.all(Array.from({ length: 20 }, ready))
  t.same([...new Set(answers)], ['ok'])
  t.equal(spies.local.requests.length, 1)
  await spies.local.down()
  await sleep(2100)
  t.equal(await ready(), 'host-unreachable', 'what is told is two seconds old at most')
})

t.test('the metrics are as Prometheus\' own linter wants them, and count what comes to no operation', async t => {
  await ensurePackages([PROMTOOL])
  const { admin, nobody, url, spies } = await startGateway(t)
  const metrics = async () => await (await admin.fetch(`${url}/metrics`)).text()
  const value = (text: string, series: string) => Number(text.split('\n').find(line => line.startsWith(`${series} `))?.split(' ').at(-1) ?? 0)
  const before = await metrics()

  await admin.get('/nowhere')
  await admin.send('PUT', '/hosts')
  await nobody.get('/hosts')
  await fetch(`${url}/api/v1/hosts`, { headers: { authorization: 'Bearer not.a.token' } })
  await fetch(`${url}/readyz`, { headers: { authorization: 'Bearer not.a.token' } })
  await fetch(`${url}/api/v1/hosts/local/containers/x/export?ticket=cat_none`)
  await admin.graphql('{ nothing }')
  await spies.other.down()
  await admin.get('/hosts')
  await sleep(2100)
  const after = await metrics()
  const more = (series: string) => value(after, series) - value(before, series)
  t.equal(more('caisson_refused_requests_total{code="not-found"}'), 1)
  t.equal(more('caisson_refused_requests_total{code="method-not-allowed"}'), 1)
  t.equal(more('caisson_refused_requests_total{code="unauthenticated"}'), 3, 'without a token, with one that is none, with a ticket that is none')
  t.equal(more('caisson_refused_requests_total{code="invalid-input"}'), 1, 'a document that does not fit the schema')
  t.equal(more('caisson_invalid_credentials_total{kind="token"}'), 2, 'also where nobody need sign in')
  t.equal(more('caisson_invalid_credentials_total{kind="ticket"}'), 1)
  t.same([value(before, 'caisson_host_up{host="other"}'), value(after, 'caisson_host_up{host="other"}'), value(after, 'caisson_host_up{host="local"}')], [1, 0, 1])
  t.match(after, new RegExp(`^caisson_build_info\\{version="[\\d.]+",node="${process.versions.node}"\\} 1$`, 'm'))
  t.match(after, /^caisson_request_duration_seconds_bucket\{le="0.0001",.*\} \d+$/m)
  t.match(after, /^caisson_request_duration_seconds_bucket\{le="0.0005",.*\} \d+$/m)

  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: after, encoding: 'utf8' })
  t.same({ status, said: stdout + stderr }, { status: 0, said: '' })
  t.not(spawnSync('promtool', ['check', 'metrics'], { input: '# TYPE wrong_total gauge\nwrong_total 1\n' }).status, 0, 'it does find faults')
})
