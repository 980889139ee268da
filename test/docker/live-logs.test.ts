import http, { type IncomingMessage } from 'node:http'
import t from 'tap'
import { ndjson } from '../support/client.js'
import { hasLine, lines, numbers, range, startLiveLogs, until, type LogEvent } from '../support/live-logs.js'

const { gateway, admin, spies, run, tell, follow } = await startLiveLogs(t)

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
  const events = ndjson(text) as LogEvent[]
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
  const events = ndjson((await admin.get(`/hosts/local/containers/${id}/logs?follow=true`)).text) as LogEvent[]
  t.match(events.at(-1), { type: 'end', reason: 'exited' })
  t.same(events.slice(0, -1).map(({ stream }) => stream).sort(), ['stderr', 'stdout'])
  for (const query of ['tail=-1', 'tail=1e3', 'since=abc', 'until=yesterday', 'after=1', 'after=1-0', 'follow=maybe', `tail=${'9'.repeat(10)}`]) {
    const refused = await admin.get(`/hosts/local/containers/${id}/logs?${query}`)
    t.match(refused, { status: 400, body: { code: 'invalid-input', errors: [{ path: `/${query.split('=')[0]}` }] } }, query)
    t.match(await admin.follow(`/hosts/local/containers/${id}/logs?${query}`), { code: 400, reason: 'invalid-input', messages: [] }, query)
  }
})
