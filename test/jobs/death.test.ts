import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ndjson, type Client } from '../support/client.js'
import { privateEngine } from '../support/engines.js'
import { leaveAfter } from '../support/leaving.js'
import { startGatewayProcess } from '../support/gateway-process.js'
import { startGateway } from '../support/gateway.js'
import { ENDLESS, startSlowRegistry } from '../support/slow-registry.js'

const engine = await privateEngine(t)
await startSlowRegistry(t, engine)
const dataDir = await mkdtemp(join(tmpdir(), 'caisson-death-'))
t.teardown(async () => { await rm(dataDir, { recursive: true, force: true }) })

const life = async () => await startGatewayProcess(t, { dataDir, hosts: `local=${engine.url}` })

/** A pull under way, and what it has told so far. */
async function underWay (admin: Client): Promise<{ id: string, cursor: string }> {
  const { body: { id } } = await admin.send('POST', '/hosts/local/images/pull', { reference: ENDLESS }, { prefer: 'respond-async' })
  const text = await leaveAfter(admin, 'GET', `/jobs/${id}/events`, text => text.includes('Downloading'))
  return { id, cursor: ndjson(text.slice(0, text.lastIndexOf('\n'))).at(-1).cursor }
}

const outcomeUnknown = { type: 'error', problem: { code: 'outcome-unknown', detail: /the gateway ended/ } }

t.test('a job that ran when the gateway died is interrupted, not lost; one that a shutdown ended keeps what it told', async t => {
  const first = await life()
  const killed = await underWay(first.admin)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await startGateway(t, { engines: [engine, engine], dataDir })
  t.match((await second.admin.get(`/jobs/${killed.id}`)).body, { operation: 'image.pull', host: 'local', state: 'interrupted', endedAt: String })
  t.match((await second.admin.get('/jobs?state=interrupted')).body.items, [{ id: killed.id }])
  const lost = ndjson((await second.admin.get(`/jobs/${killed.id}/events?after=${killed.cursor}`)).text)
  t.match(lost, [{ type: 'dropped', count: null }, outcomeUnknown], 'what it told is lost, and that is said')
  t.match((await second.admin.post(`/jobs/${killed.id}/cancel`)).body, { state: 'interrupted' })

  const stopped = await underWay(second.admin)
  const reader = second.admin.get(`/jobs/${stopped.id}/events`)
  await leaveAfter(second.admin, 'GET', `/jobs/${stopped.id}/events`, text => text.includes('Downloading'))
  await second.end()
  t.match(ndjson((await reader).text).at(-1), { type: 'end', reason: 'shutdown' }, 'to whoever follows the gateway says that it ends')

  const third = await startGateway(t, { engines: [engine, engine], dataDir })
  t.match((await third.admin.get(`/jobs/${stopped.id}`)).body, { state: 'interrupted' })
  const [next, ...others] = ndjson((await third.admin.get(`/jobs/${stopped.id}/events?after=${Number(stopped.cursor) - 1}`)).text)
  t.match(next, { type: 'progress', cursor: stopped.cursor })
  t.match(others.at(-1), outcomeUnknown)
})
