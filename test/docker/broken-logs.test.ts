/** What a follower is told where a log is not what it was, or not in order: each line once, or that some may be missing. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ask, call } from '../../scripts/lib/api.mjs'
import { ndjson } from '../support/client.js'
import { EngineClock, unsettable } from '../support/engine-clock.js'
import { image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import { OBEYING, hasLine, lines, live, numbers, range, startLiveLogs, until, type LogEvent } from '../support/live-logs.js'

const { engine, gateway, admin, spies, run, tell, follow } = await startLiveLogs(t)

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
  const read = async (client = admin, query = '') => ndjson((await client.get(`/hosts/local/containers/${id}/logs?${query}`)).text) as LogEvent[]
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
  const middle = all[700] as LogEvent
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
    const [first, ...rest] = ndjson((await admin.get(`/hosts/local/containers/${id}/logs?${query}`)).text) as LogEvent[]
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

const noClock = unsettable(engine)
const clock = noClock === false ? new EngineClock(engine) : undefined

/** Has a container write lines, one after the other: their numbers, outputs and times, in milliseconds from now. */
async function writeAt (t: Test, { id, events }: { id: string, events: LogEvent[] }, lines: ReadonlyArray<readonly [number, 'stdout' | 'stderr', number]>): Promise<void> {
  const start = Date.now()
  try {
    for (const [number, stream, ms] of lines) {
      await clock?.set(start + ms)
      await tell(id, `echo line ${number}${stream === 'stderr' ? ' >&2' : ''}`)
      await until(`line ${number} came`, () => hasLine(events, number))
    }
  } finally { await clock?.goOn() }
  const times = lines.map(([, , ms]) => start + ms)
  t.same(events.filter(({ type }) => type === 'log').map(({ time }) => Date.parse(time)), times, 'the engine has written these times')
}

t.test('lines that stand in the log in another order than their times: each once, and then the end', { skip: noClock }, async t => {
  const cases = {
    'the last line of one output is older than the line before it': [[0, 'stdout', 0], [1, 'stderr', 5], [2, 'stdout', 3]],
    'one output lags behind the other': [[0, 'stdout', 900], [1, 'stderr', 1], [2, 'stdout', 901], [3, 'stderr', 2], [4, 'stderr', 3]]
  } as const
  for (const [name, written] of Object.entries(cases)) {
    const id = await run(t)
    const { events, closed } = await follow(id)
    await writeAt(t, { id, events }, written)
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
    t.test(`the engine's clock is set back ${name}, and its log ${rotates ? 'rotates' : 'does not rotate'}: each line once, and the end`, { skip: noClock }, async t => {
      const id = await run(t, OBEYING, rotates ? { logConfig: { type: 'json-file', config: { 'max-size': '1m', 'max-file': '2' } } } : {})
      const { events } = await follow(id)
      await writeAt(t, { id, events }, times.map((ms, number) => [number, 'stdout', ms]))
      await admin.post(`/hosts/local/containers/${id}/kill`)
      await until('the end is told', () => events.at(-1)?.type === 'end')
      t.same(numbers(events), range(0, times.length))
      t.same(events.filter(({ type }) => type !== 'log'), [{ type: 'end', reason: 'exited', exitCode: 137 }])
    })
  }
}
