import { appendFile } from 'node:fs/promises'
import http, { type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { LIVE_LIMITS } from '../../src/docker/live/feed.js'
import { ask, call } from '../../scripts/lib/api.mjs'
import { image, privateEngine } from '../support/engines.js'
import { ndjson } from '../support/client.js'
import { startGateway } from '../support/gateway.js'

const engine = await privateEngine(t)
const live = { ...LIVE_LIMITS, reconnectMs: 60_000, patienceMs: 500, quietMs: 1000 }
const gateway = await startGateway(t, { engines: [engine, engine], live })
const { admin, spies } = gateway
let made = 0

type Event = { type: string, text?: string, cursor?: string, count?: number | null, reason?: string, stream?: string, time: string, exitCode?: number }

/** A container that writes what it is told to: each file in its folder /do is a script, run once. */
const OBEYING = 'mkdir -p /do; while :; do for f in /do/*; do [ -e $f ] && { mv $f /now; . /now; rm /now; }; done; sleep 0.05; done'

async function run (t: Test, script = OBEYING, rest: object = {}): Promise<string> {
  const { status, body, text } = await admin.post('/hosts/local/containers/run', { image, name: `live-${process.pid}-${made++}`, command: ['sh', '-c', script], ...rest })
  if (status !== 201) throw new Error(text)
  t.teardown(async () => await call(engine, 'DELETE', `/containers/${body.id}?force=true`))
  return body.id as string
}

async function tell (id: string, script: string): Promise<void> {
  const { status, text } = await admin.post(`/hosts/local/containers/${id}/exec`, { command: ['sh', '-c', 'cat > /tmp/next; mv /tmp/next /do/next-$$'], stdin: `${script}\n` })
  if (status !== 200) throw new Error(text)
}

const lines = (from: number, to: number, more = '') => `awk 'BEGIN { for (i = ${from}; i < ${to}; i++) print "line " i " ${more}" }'`

/** A follower, and what it was told so far. */
async function follow (id: string, query = '') {
  const events: Event[] = []
  const socket = admin.socket(`/hosts/local/containers/${id}/logs?follow=true${query}`)
  socket.on('message', data => { events.push(JSON.parse(String(data)) as Event) })
  const closed = new Promise<[number, string]>(resolve => { socket.once('close', (code, reason) => { resolve([code, String(reason)]) }) })
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  return { socket, events, closed }
}

const numbers = (events: Event[]) => events.filter(({ type }) => type === 'log').map(({ text = '' }) => Number(text.split(' ')[1]))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const hasLine = (events: Event[], number: number) => numbers(events).includes(number)

async function until (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !await isSo(); tries++) {
    if (tries > 1200) throw new Error(`it did not come to that: ${what}`)
    await sleep(50)
  }
}

const followsAtEngine = () => spies.local.requests.filter(({ url }) => /\/logs\?.*follow=true/.test(url)).length

t.test('fifty followers, some of them late, of one container share one stream of its engine', async t => {
  const id = await run(t)
  await tell(id, lines(0, 2000))
  await until('2000 lines', async () => (await admin.get(`/hosts/local/containers/${id}/logs?tail=1`)).text.includes('line 1999'))
  spies.local.reset()
  const early = await Promise.all(range(0, 25).map(async () => await follow(id)))
  await tell(id, lines(2000, 6000))
  const late = await Promise.all(range(0, 25).map(async index => await follow(id, ['', '&tail=3000', '&tail=5', '&tail=0', '&since=1h'][index % 5])))
  await tell(id, `${lines(6000, 10_000)}; exit 7`)
  for (const { events, closed } of [...early, ...late]) {
    t.same(await closed, [1000, 'exited'])
    t.match(events.at(-1), { type: 'end', reason: 'exited', exitCode: 7 })
  }
  for (const { events } of early) t.same(numbers(events), range(0, 10_000))
  for (const [index, { events }] of late.entries()) {
    const got = numbers(events)
    t.same(got, range(got[0] ?? NaN, 10_000), 'none is missing, none comes twice')
    if (index % 5 === 0 || index % 5 === 4) t.equal(got[0], 0)
    if (index % 5 === 1) t.ok(got.length >= 3000)
  }
  t.equal(followsAtEngine(), 1, 'one stream at the engine')
  await until('nothing is left open', () => gateway.services.hosts.get('local').containers.feeds.logs === 0)
})

t.test('the last follower that leaves closes it', async t => {
  const id = await run(t)
  const [one, other] = [await follow(id), await follow(id, '&stderr=false')]
  await tell(id, lines(0, 1))
  await until('both have it', () => hasLine(one.events, 0) && hasLine(other.events, 0))
  one.socket.close()
  await one.closed
  await tell(id, lines(1, 2))
  await until('the other goes on', () => hasLine(other.events, 1))
  t.equal(gateway.services.hosts.get('local').containers.feeds.logs, 1)
  other.socket.terminate()
  await until('it is closed', () => gateway.services.hosts.get('local').containers.feeds.logs === 0)
})

t.test('a lost connection to the engine: what was written meanwhile comes, once', async t => {
  const id = await run(t, 'i=0; while [ $i -lt 400 ]; do echo line $i; [ $((i%2)) = 0 ] || echo err $i >&2; i=$((i+1)); sleep 0.02; done; exit 3')
  const { events, closed } = await follow(id)
  for (const at of [50, 200]) {
    await until(`line ${at}`, () => events.some(({ text }) => text === `line ${at}`))
    await spies.local.down()
    await sleep(700)
    await spies.local.up()
  }
  t.same(await closed, [1000, 'exited'])
  const of = (stream: string) => numbers(events.filter(event => event.stream === stream))
  t.same(of('stdout'), range(0, 400))
  t.same(of('stderr'), range(0, 400).filter(number => number % 2 === 1))
  t.notOk(events.some(({ type }) => type === 'dropped'))
  t.match(events.at(-1), { reason: 'exited', exitCode: 3 })
})

t.test('removed while the connection was lost: that something may be missing is told', async t => {
  const id = await run(t)
  const { events, closed } = await follow(id)
  await tell(id, lines(0, 1))
  await until('a line', () => hasLine(events, 0))
  await spies.local.down()
  await call(engine, 'DELETE', `/containers/${id}?force=true`)
  await spies.local.up()
  t.same(await closed, [4404, 'not-found'])
  t.match(events.slice(-2), [{ type: 'dropped', count: null }, { type: 'end', reason: 'removed' }])
})

t.test('a cursor goes on over restarts of the container and of the gateway, for each line of a wild log', async t => {
  // Both outputs at once, so that times run backwards between them, and many lines in one write.
  const script = 'for n in 1 2 3; do (i=0; while [ $i -lt 60 ]; do printf "a$n $i\\nb$n $i\\n"; i=$((i+1)); done) & (i=0; while [ $i -lt 60 ]; do printf "c$n $i\\nd$n $i\\n" >&2; i=$((i+1)); done) & done; wait'
  const id = await run(t, script)
  const read = async (client = admin, query = '') => ndjson((await client.get(`/hosts/local/containers/${id}/logs?${query}`)).text) as Event[]
  await (await follow(id)).closed
  await admin.post(`/hosts/local/containers/${id}/start`)
  await (await follow(id)).closed
  const all = (await read()).slice(0, -1)
  t.equal(all.length, 2 * 3 * 240)
  t.equal(new Set(all.map(({ cursor }) => cursor)).size, all.length, 'each has a cursor of its own')
  const texts = all.map(({ text }) => text)
  for (const [index, { cursor }] of all.entries()) {
    if (index % 97 > 1 && index < all.length - 3) continue
    t.same((await read(admin, `after=${cursor}`)).slice(0, -1).map(({ text }) => text), texts.slice(index + 1))
  }
  await gateway.end
  const other = await startGateway(t, { engines: [engine, engine], live })
  const middle = all[700] as Event
  t.same((await read(other.admin, `after=${middle.cursor}&follow=true`)).slice(0, -1).map(({ text }) => text), texts.slice(701))
})

t.test('behind a line that the engine has rotated away', async t => {
  const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: image, Cmd: ['sh', '-c', OBEYING], HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': '20k', 'max-file': '2' } } } } })
  t.teardown(async () => await call(engine, 'DELETE', `/containers/${id}?force=true`))
  await call(engine, 'POST', `/containers/${id}/start`)
  const { events, socket } = await follow(id)
  await tell(id, lines(0, 3))
  await until('three lines', () => hasLine(events, 2))
  await tell(id, lines(3, 2000))
  await until('all lines', () => hasLine(events, 1999))
  socket.close()
  for (const query of [`after=${events[1]?.cursor}`, `after=${events[1]?.cursor}&follow=true&until=1ms`]) {
    const [first, ...rest] = ndjson((await admin.get(`/hosts/local/containers/${id}/logs?${query}`)).text) as Event[]
    t.match(first, { type: 'dropped', count: null })
    const got = numbers(rest)
    t.same(got, range(got[0] ?? NaN, 2000))
    t.ok((got[0] ?? 0) > 3)
  }
})

// Seen of 20.10 where a log is rotated eight times at once: half of the followers lose lines, a third is told some again,
// a quarter hears nothing any more, and some are told an error in the middle of it.
t.test('a follower that the engine forgets while it rotates goes on', async t => {
  const LogConfig = { Type: 'json-file', Config: { 'max-size': '20k', 'max-file': '2' } }
  const following = await Promise.all(range(0, 12).map(async () => {
    const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: image, Cmd: ['sh', '-c', OBEYING], HostConfig: { LogConfig } } })
    t.teardown(async () => await call(engine, 'DELETE', `/containers/${id}?force=true`))
    await call(engine, 'POST', `/containers/${id}/start`)
    return { id, ...await follow(id) }
  }))
  await Promise.all(following.map(async ({ id }) => { await tell(id, lines(0, 2000)) }))
  await until('each has the last line', () => following.every(({ events }) => hasLine(events, 1999)))
  for (const { events, socket } of following) {
    const got = numbers(events)
    // The last line before a rotation may come twice in a row, with the same time: as far as anybody can tell it was written twice.
    t.same(got, [...got].sort((one, other) => one - other), 'none comes again')
    socket.terminate()
  }
})

/** Writes lines into a container's log, in the engine's own format: their numbers, outputs and times, in milliseconds from now. */
async function writeLog (id: string, lines: ReadonlyArray<readonly [number, 'stdout' | 'stderr', number]>): Promise<void> {
  const { LogPath } = await ask(engine, 'GET', `/containers/${id}/json`)
  const start = Date.now()
  const records = lines.map(([number, stream, ms]) => ({ log: `line ${number}\n`, stream, time: new Date(start + ms).toISOString() }))
  await appendFile(LogPath, records.map(record => `${JSON.stringify(record)}\n`).join(''))
}

t.test('lines that stand in the log in another order than their times: each once, and then the end', async t => {
  const cases = {
    'the last line of one output is older than the line before it': [[0, 'stdout', 0], [1, 'stderr', 5], [2, 'stdout', 3]],
    'one output lags behind the other': [[0, 'stdout', 900], [1, 'stderr', 1], [2, 'stdout', 901], [3, 'stderr', 2], [4, 'stderr', 3]]
  } as const
  for (const [name, written] of Object.entries(cases)) {
    const id = await run(t)
    const { events, closed } = await follow(id)
    await writeLog(id, written)
    await until(`each line came: ${name}`, () => numbers(events).length >= written.length)
    const late = await follow(id, '&tail=2')
    await admin.post(`/hosts/local/containers/${id}/kill`)
    for (const [what, all] of [['the follower', events], ['who came late', late.events]] as const) await until(`${what} is told the end: ${name}`, () => all.at(-1)?.type === 'end')
    t.same(numbers(events), range(0, written.length), name)
    t.same(numbers(late.events), range(written.length - 2, written.length), name)
    t.same(events.filter(({ type }) => type !== 'log'), [{ type: 'end', reason: 'exited', exitCode: 137 }], name)
    t.equal((await closed)[0], 1000)
  }
})

const SET_BACK = { once: [0, 1, -60_000, -59_000], 'twice, before it has caught up': [0, 1, -60_000, -59_000, -90_000, -89_000], 'with each line': [0, -60_000, -90_000, -120_000] }

for (const rotates of [false, true]) {
  for (const [name, times] of Object.entries(SET_BACK)) {
    t.test(`the engine's clock is set back ${name}, and its log ${rotates ? 'rotates' : 'does not rotate'}: each line once, and the end`, async t => {
      const id = await run(t, OBEYING, rotates ? { logConfig: { type: 'json-file', config: { 'max-size': '1m', 'max-file': '2' } } } : {})
      const { events } = await follow(id)
      for (const [number, ms] of times.entries()) {
        await writeLog(id, [[number, 'stdout', ms]])
        await until(`line ${number} came`, () => hasLine(events, number))
      }
      await admin.post(`/hosts/local/containers/${id}/kill`)
      await until('the end is told', () => events.at(-1)?.type === 'end')
      t.same(numbers(events), range(0, times.length))
      t.same(events.filter(({ type }) => type !== 'log'), [{ type: 'end', reason: 'exited', exitCode: 137 }])
    })
  }
}

/** Over HTTP, taking nothing until it is resumed. */
const stalled = async (id: string, query = '') => await new Promise<IncomingMessage>((resolve, reject) => {
  const request = http.get(admin.address(`/hosts/local/containers/${id}/logs?follow=true&tail=0${query}`), { headers: admin.headers })
  request.once('response', answer => { answer.pause(); resolve(answer) }).once('error', reject)
})

t.test('a reader that lags is told what it lost, and nobody else notices', async t => {
  const id = await run(t)
  const slow = await stalled(id)
  const quick = await follow(id, '&tail=0')
  const COUNT = 12_000
  await tell(id, `${lines(0, COUNT, 'x'.repeat(1000))}; exit 0`)
  await quick.closed
  t.same(numbers(quick.events), range(0, COUNT), 'the quick one has everything')
  let text = ''
  for await (const chunk of slow.setEncoding('utf8')) text += String(chunk)
  const events = ndjson(text) as Event[]
  const dropped = events.filter(({ type }) => type === 'dropped')
  t.ok(dropped.length > 0)
  t.equal(numbers(events).length + dropped.reduce((sum, { count }) => sum + (count ?? NaN), 0), COUNT, 'what came and what is told to be lost are all')
  let next = 0
  const misplaced = events.filter(({ type, text, count }) => {
    if (type === 'dropped') next += count ?? NaN
    return type === 'log' && Number(text?.split(' ')[1]) !== next++
  })
  t.same(misplaced.length, 0, 'each loss is told where it is')
  t.match(events.at(-1), { type: 'end', reason: 'exited' })
})

t.test('500 that open at once share one stream', async t => {
  const id = await run(t)
  await tell(id, lines(0, 50))
  spies.local.reset()
  const followers = await Promise.all(range(0, 500).map(async () => await follow(id)))
  await tell(id, lines(50, 100))
  await until('all have all', () => followers.every(({ events }) => hasLine(events, 99)))
  for (const { events } of followers) t.same(numbers(events), range(0, 100))
  t.equal(followsAtEngine(), 1)
  for (const { socket } of followers) socket.terminate()
  await until('it is closed', () => gateway.services.hosts.get('local').containers.feeds.logs === 0)
})

t.test('bad inputs, and output that imitates frames', async t => {
  const frame = '\\001\\000\\000\\000\\000\\000\\000\\005hello\\002\\000\\000\\000\\377\\377\\377\\377'
  const id = await run(t, `printf '${frame}\\n'; printf '${frame}' >&2; exit 0`)
  const events = ndjson((await admin.get(`/hosts/local/containers/${id}/logs?follow=true`)).text) as Event[]
  t.match(events.at(-1), { type: 'end', reason: 'exited' })
  t.same(events.slice(0, -1).map(({ stream }) => stream).sort(), ['stderr', 'stdout'])
  for (const query of ['tail=-1', 'tail=1e3', 'since=abc', 'until=yesterday', 'after=1', 'after=1-0', 'follow=maybe', `tail=${'9'.repeat(10)}`]) {
    const refused = await admin.get(`/hosts/local/containers/${id}/logs?${query}`)
    t.match(refused, { status: 400, body: { code: 'invalid-input', errors: [{ path: `/${query.split('=')[0]}` }] } }, query)
    t.match(await admin.follow(`/hosts/local/containers/${id}/logs?${query}`), { code: 400, reason: 'invalid-input', messages: [] }, query)
  }
})
