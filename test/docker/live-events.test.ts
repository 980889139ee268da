import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { LIVE_LIMITS } from '../../src/engine/live/feed.js'
import { ndjson } from '../support/client.js'
import { image, privateEngine } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const engine = await privateEngine(t)
const other = await privateEngine(t)
const live = { ...LIVE_LIMITS, reconnectMs: 60_000 }
const gateway = await startGateway(t, { engines: [engine, other], live })
const { admin, spies } = gateway
const local = gateway.services.hosts.get('local')

interface Event { type: string, time: string, host?: string, kind?: string, action?: string, id?: string, name?: string, cursor?: string, count?: number | null, reason?: string, code?: string, attributes?: Record<string, string> }
interface Engine { readonly socketPath: string, readonly url: string }

async function until (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !await isSo(); tries++) {
    if (tries > 600) throw new Error(`it did not come to that: ${what}`)
    await sleep(50)
  }
}

async function follow (t: Test, path: string, client = admin) {
  const events: Event[] = []
  const socket = client.socket(path)
  t.teardown(() => { socket.terminate() })
  socket.on('message', data => { events.push(JSON.parse(String(data)) as Event) })
  const closed = new Promise<[number, string]>(resolve => { socket.once('close', (code, reason) => { resolve([code, String(reason)]) }) })
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  return { socket, events, closed }
}

const makeVolume = async (where: Engine, name: string) => await ask(where, 'POST', '/volumes/create', { json: { Name: name, Labels: { made: 'here' } } })
const names = (events: Event[]) => events.filter(({ type }) => type === 'event').map(({ id }) => id)
const read = async (path: string) => ndjson((await admin.get(path)).text) as Event[]

/** What is told of an exec is that it was made, and not what it was to run. */
const withoutCommand = (action: string) => action.replace(/^(exec_\w+): .*$/s, '$1')

t.test('every filter lets through what the engine\'s own lets through', async t => {
  const { Id: id } = await ask(engine, 'POST', '/containers/create?name=eventful', { json: { Image: image, Cmd: ['sh', '-c', 'exit 3'], Labels: { team: 'blue', tier: 'a=b' }, Healthcheck: { Test: ['NONE'] } } })
  await call(engine, 'POST', `/containers/${id}/start`)
  await call(engine, 'POST', `/containers/${id}/wait`)
  const { Id: runs } = await ask(engine, 'POST', '/containers/create?name=runs', { json: { Image: image, Cmd: ['sleep', '60'], Labels: { team: 'red' } } })
  await call(engine, 'POST', `/containers/${runs}/start`)
  const { Id: exec } = await ask(engine, 'POST', `/containers/${runs}/exec`, { json: { Cmd: ['echo', 'canary-of-the-command'] } })
  await call(engine, 'POST', `/exec/${exec}/start`, { json: { Detach: true } })
  await call(engine, 'DELETE', `/containers/${id}`)
  await call(engine, 'DELETE', `/containers/${runs}?force=true`)
  const { Id: network } = await ask(engine, 'POST', '/networks/create', { json: { Name: 'eventful-net' } })
  await call(engine, 'DELETE', `/networks/${network}`)
  await makeVolume(engine, 'eventful-volume')
  await call(engine, 'POST', `/images/${image}/tag?repo=registry.example:5000/team/eventful&tag=1`)
  await call(engine, 'DELETE', '/images/registry.example:5000/team/eventful:1')
  const end = (Date.now() + 50) / 1000
  await sleep(100)
  const bare = image.split(':')[0] ?? ''
  const filters: Array<Record<string, string[]>> = [
    {}, { type: ['container'] }, { type: ['network', 'volume'] }, { event: ['die'] }, { event: ['exec_start'] }, { event: ['exec_create', 'cre'] }, { event: ['crea'] },
    { container: ['eventful'] }, { container: ['event'] }, { container: [id.slice(0, 12), 'runs'] }, { container: ['nobody'] },
    { label: ['team=blue'] }, { label: ['team'] }, { label: ['tier=a=b', 'team=blue'] }, { label: ['tier=a'] }, { label: ['nobody'] },
    { image: [image] }, { image: [bare] }, { image: ['registry.example:5000/team/eventful'] }, { image: ['nobody'] },
    { network: ['eventful-net'] }, { network: [network] }, { volume: ['eventful-volume'] }, { volume: ['eventful'], type: ['volume'] },
    { plugin: ['x'] }, { daemon: ['x'] }, { service: ['x'] }, { node: ['x'] }, { secret: ['x'] }, { config: ['x'] }, { scope: ['local'] }, { scope: ['swarm'] },
    { type: ['container'], event: ['start', 'die'], label: ['team'] }
  ]
  const ourName: Readonly<Record<string, string>> = { type: 'kind', event: 'action' }
  let someLeftOut = 0
  for (const filter of filters) {
    const engines = ndjson((await call(engine, 'GET', `/events?${new URLSearchParams({ since: '0', until: String(end), filters: JSON.stringify(filter) })}`)).text)
    const query = new URLSearchParams(Object.entries(filter).flatMap(([name, words]) => words.map((word): [string, string] => [ourName[name] ?? name, word])))
    query.append('since', '1970-01-01T00:00:01Z')
    query.append('until', new Date(end * 1000).toISOString())
    const [first, ...ours] = await read(`/hosts/local/events?${query}`)
    t.match(first, { type: 'dropped', count: null, host: 'local' }, 'it remembers nothing of 1970')
    t.same(ours.slice(0, -1).map(({ kind, action, id }) => `${kind} ${action} ${id}`), engines.map(({ Type, Action, Actor }) => `${Type} ${withoutCommand(Action)} ${Actor.ID}`), JSON.stringify(filter))
    t.match(ours.at(-1), { type: 'end', reason: 'complete' })
    if (engines.length > 0 && Object.keys(filter).length > 0) someLeftOut++
  }
  t.ok(someLeftOut > 15, 'the filters are about something')
  const { text } = await admin.get('/hosts/local/events?since=1h&until=1ms')
  t.match(text, /"action":"exec_create","/)
  t.notMatch(text, /canary-of-the-command/)
  t.same(names(await read(`/hosts/local/events?since=1h&until=1ms&${new URLSearchParams({ action: 'exec_create: echo' })}`)), [], 'nor can it be asked for')
})

t.test('all who listen share one stream, late ones get what they ask for of the past', async t => {
  const early = await Promise.all(Array.from({ length: 10 }, async () => await follow(t, '/hosts/local/events?kind=volume')))
  const begun = new Date().toISOString()
  await makeVolume(engine, 'shared-1')
  await until('the first', () => early.every(({ events }) => events.length === 1))
  const late = await follow(t, `/hosts/local/events?kind=volume&since=${begun}`)
  const cursor = early[0]?.events[0]?.cursor ?? ''
  const behind = await follow(t, `/hosts/local/events?kind=volume&after=${cursor}`)
  await makeVolume(engine, 'shared-2')
  await until('both', () => [...early, late].every(({ events }) => events.length === 2) && behind.events.length === 1)
  for (const { events } of [...early, late]) t.same(names(events), ['shared-1', 'shared-2'])
  t.same(names(behind.events), ['shared-2'])
  t.match(late.events[0], { type: 'event', host: 'local', kind: 'volume', action: 'create', name: undefined, attributes: { driver: 'local' }, cursor })
  t.equal(local.events.feeds, 1)
  for (const { socket } of [...early, late, behind]) socket.close()
  await until('it is closed', () => local.events.feeds === 0)
})

t.test('the same over NDJSON, SSE and GraphQL, which goes on by Last-Event-ID', async t => {
  const begun = new Date().toISOString()
  await makeVolume(engine, 'format-1')
  await makeVolume(engine, 'format-2')
  // A read until a millisecond ago may come sooner than that behind what happened.
  await sleep(50)
  const query = `kind=volume&since=${begun}&until=1ms`
  const lines = await read(`/hosts/local/events?${query}`)
  const { text } = await admin.get(`/hosts/local/events?${query}`, { accept: 'text/event-stream' })
  t.same(text.split('\n').filter(line => line.startsWith('data: ')).map(line => JSON.parse(line.slice(6))), lines)
  const subscriptions = admin.subscriptions()
  t.teardown(async () => { await subscriptions.dispose() })
  const items: unknown[] = []
  for await (const { data } of subscriptions.iterate({ query: `subscription { hostEvents(host: ["local"], kind: ["volume"], since: "${begun}", until: "1ms") { ... on HostEvent { type time host kind action id: resourceId scope attributes cursor } ... on EndEvent { type reason } } }` })) items.push(data?.hostEvents)
  t.same(items, lines)
  const ids = [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id)
  t.equal(ids.at(-1), 'end')
  const rest = await admin.get('/hosts/local/events?kind=volume&until=1ms', { accept: 'text/event-stream', 'last-event-id': ids[0] ?? '' })
  t.match(rest.text, /format-2/)
  t.notMatch(rest.text, /format-1/)
})

t.test('a lost connection to the engine: what happened meanwhile comes, once', async t => {
  const { events, socket } = await follow(t, '/hosts/local/events?kind=volume')
  for (const round of [1, 2]) {
    await makeVolume(engine, `before-${round}`)
    await until('the one before', () => names(events).includes(`before-${round}`))
    await spies.local.down()
    await makeVolume(engine, `meanwhile-${round}`)
    await spies.local.up()
    await until('the one meanwhile', () => names(events).includes(`meanwhile-${round}`))
  }
  t.same(names(events), ['before-1', 'meanwhile-1', 'before-2', 'meanwhile-2'])
  t.notOk(events.some(({ type }) => type === 'dropped'))
  // More than an engine remembers.
  await spies.local.down()
  for (let index = 0; index < 300; index++) await makeVolume(engine, `many-${index}`)
  await spies.local.up()
  await until('the last', () => names(events).includes('many-299'))
  t.match(events[4], { type: 'dropped', host: 'local', count: null })
  t.equal(names(events).length, 4 + 256)
  socket.close()
})

t.test('all hosts: one that is away costs an item, and comes back', async t => {
  const everywhere = await follow(t, '/events?kind=volume')
  await makeVolume(engine, 'all-1')
  await makeVolume(other, 'all-2')
  await until('both', () => everywhere.events.length === 2)
  t.same(everywhere.events.map(({ host, id }) => [host, id]).sort(), [['local', 'all-1'], ['other', 'all-2']])
  const cursor = everywhere.events[1]?.cursor ?? ''
  await spies.other.down()
  const meanwhile = await follow(t, `/events?kind=volume&after=${cursor}`)
  await makeVolume(engine, 'all-3')
  await until('of the one that is there', () => names(everywhere.events).includes('all-3') && names(meanwhile.events).includes('all-3'))
  t.match(meanwhile.events[0] ?? {}, { type: /hostError|event/ })
  await makeVolume(other, 'all-4')
  await spies.other.up()
  await until('of the one that came back', () => names(everywhere.events).includes('all-4') && names(meanwhile.events).includes('all-4'))
  t.same(names(everywhere.events).length, 4)
  t.same(names(meanwhile.events).sort(), ['all-3', 'all-4'])
  const after = await follow(t, `/events?kind=volume&after=${meanwhile.events.filter(({ type }) => type === 'event').at(-1)?.cursor ?? ''}`)
  await makeVolume(engine, 'all-5')
  await until('the next', () => after.events.length === 1)
  t.same(names(after.events), ['all-5'])
})

t.test('a host that is named alone fails the call', async t => {
  const gateway = await startGateway(t, { engines: [engine, other], live: { ...LIVE_LIMITS, reconnectMs: 500 } })
  const { events, closed } = await follow(t, '/hosts/other/events', gateway.admin)
  await gateway.spies.other.down()
  t.same(await closed, [4503, 'host-unreachable'])
  t.match(events.at(-1), { type: 'error', problem: { code: 'host-unreachable' } })
  t.match(await gateway.admin.get('/hosts/other/events'), { status: 503, body: { code: 'host-unreachable' } })
  const [first, ...rest] = ndjson((await gateway.admin.get('/events?until=1ms')).text)
  t.match([first, rest.at(-1)], [{ type: 'hostError', host: 'other', code: 'host-unreachable' }, { type: 'end' }])
  for (const query of ['since=abc', 'after=1-0', 'after=nowhere=1-0', 'scope=x', 'colour=red']) t.match(await gateway.admin.get(`/events?${query}`), { status: 400, body: { code: 'invalid-input' } }, query)
  t.match(await gateway.admin.get('/hosts/nowhere/events'), { status: 404 })
})
