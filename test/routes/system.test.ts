import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
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
