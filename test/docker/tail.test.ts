/** What `tail` gives is the end of what the whole log gives: lines, each of them whole, of what was asked for. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ndjson } from '../support/client.js'
import { here } from '../support/differences.js'
import { image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'
import type { LogEvent } from '../support/live-logs.js'

const { admin, spies } = await startGateway(t)
let made = 0

/** A container that has run its script, as often as is wanted. */
async function ran (t: Test, script: string, { runs = 1, ...rest }: { runs?: number, tty?: boolean } = {}): Promise<string> {
  const { status, body, text } = await admin.post('/hosts/local/containers', { image, name: `tail-${process.pid}-${made++}`, command: ['sh', '-c', script], ...rest })
  if (status !== 201) throw new Error(text)
  const path = `/hosts/local/containers/${body.id}`
  t.teardown(async () => await admin.delete(`${path}?force=true`))
  for (let run = 0; run < runs; run++) {
    await admin.post(`${path}/start`)
    await admin.post(`${path}/wait`)
  }
  return body.id as string
}

async function read (id: string, query = ''): Promise<LogEvent[]> {
  const events = ndjson((await admin.get(`/hosts/local/containers/${id}/logs?${query}`)).text) as LogEvent[]
  if (events.at(-1)?.type !== 'end') throw new Error(JSON.stringify(events.at(-1)))
  return events.slice(0, -1)
}

const long = (bytes: number, letter = 'x') => `head -c ${bytes} /dev/zero | tr '\\0' ${letter}`
const end = (events: LogEvent[], count: number) => events.slice(Math.max(0, events.length - count))
const brief = (events: LogEvent[]) => events.map(({ cursor, text = '', partial }) => `${cursor} ${text.length} ${text.slice(-12)} ${partial ?? ''}`)

for (const tty of [false, true]) {
  t.test(`lines of any length, of both outputs, ${tty ? 'with' : 'without'} a terminal`, async t => {
    const id = await ran(t, `
      echo first; ${long(40_000)}; echo tail; echo err >&2; ${long(16_384)}; echo
      ${long(16_383)}; echo; ${long(50_000, 'e')} >&2; echo out; echo out2; echo rest >&2; ${long(16_385)}; echo err2 >&2; echo
      i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); done; ${long(40_000)}; echo last`, { tty })
    const all = await read(id)
    // Engines write what comes of either output as it comes: the last of one may stand behind that of the other.
    t.match(all.findLast(({ stream }) => stream === 'stdout'), { text: /^x{40000}last$/ })
    for (const filter of ['', 'stdout=false', 'stderr=false', `since=${all[3]?.time}`, `until=${all[6]?.time}`, `stdout=false&until=${all.at(-2)?.time}`]) {
      const wanted = await read(id, filter)
      for (const count of [0, 1, 2, 3, 5, 50, 301, 304, 1000]) t.same(brief(await read(id, `${filter}&tail=${count}`)), brief(end(wanted, count)), `${filter} tail=${count}`)
      for (const count of [0, 1, 4, 200]) t.same(brief(await read(id, `${filter}&tail=${count}&follow=true`)), brief(end(wanted, count)), `${filter} tail=${count}, followed`)
    }
  })
}

t.test('a line that another output has interrupted for long', async t => {
  const id = await ran(t, `${long(20_000)}; sleep 0.1; i=0; while [ $i -lt 600 ]; do echo $i >&2; i=$((i+1)); done; sleep 0.1; echo rest`)
  t.same(brief(await read(id, 'tail=1')), brief(end(await read(id), 1)))
  t.match(await read(id, 'tail=1'), [{ text: /^x{20000}rest$/ }])
})

t.test('more lines than are kept in memory, and one over 1 MiB', async t => {
  const id = await ran(t, `awk 'BEGIN { for (i = 0; i < 30000; i++) print "line " i " of some more than a few characters, so that they take room" }'; echo err >&2; ${long(1_500_000)}; echo; echo z`)
  const all = await read(id)
  t.equal(all.length, 30_004, 'the line over 1 MiB is two')
  for (const query of ['tail=25000', 'tail=25000&follow=true', 'tail=25000&stderr=false']) {
    const wanted = query.includes('stderr') ? all.filter(({ stream }) => stream === 'stdout') : all
    t.same(brief(await read(id, query)), brief(end(wanted, 25_001)), query)
  }
  t.same(brief(await read(id, 'tail=2')), brief(end(all, 3)))
  t.same(brief(await read(id, 'tail=1&stdout=false')), brief(all.filter(({ stream }) => stream === 'stderr')))
})

t.test('a terminal\'s runs that ended without a newline', async t => {
  // A program's own times stay what they are: one that is over, one that lies ahead and comes true, and one of the line's own.
  const times = 'now=$(date +%Y-%m-%d); echo "at 2026-01-01T00:00:00.000000000Z x"; echo "in $(date +%Y-%m-%dT%H:%M):00.000000000Z x"; echo "next "$now"T23:59:59.999999999Z x"'
  const id = await ran(t, `${times}; ${long(40_000)}; echo; echo first; printf 'no newline'`, { tty: true, runs: 3 })
  const all = await read(id)
  const last = /^no newline$/
  const run = [/^at 2026-01-01T00:00:00.000000000Z x$/, /^in .*:00.000000000Z x$/, /^next .*T23:59:59.999999999Z x$/, /^x{40000}$/, /^first$/]
  const glued = [...run, /^no newlineat 2026-01-01T00:00:00.000000000Z x$/, ...run.slice(1)]
  const wanted = here('joinsRuns') ? [...glued, glued.at(run.length), ...run.slice(1), last] : [...run, last, ...run, last, ...run, last]
  t.equal(all.length, wanted.length)
  t.match(all.map(({ text }) => text), wanted)
  for (const count of [1, 2, 6, 7, 8, 12, 13, 17, 30]) t.same(brief(await read(id, `tail=${count}`)), brief(end(all, count)))
  for (const [index, { cursor }] of all.entries()) t.same(brief(await read(id, `after=${cursor}`)), brief(all.slice(index + 1)))
})

t.test('a time that lay ahead when it was written is the engine\'s own only where the engine says so', async t => {
  const id = await ran(t, 'echo "until $(date -u -D %s -d $(($(date +%s)+2)) +%Y-%m-%dT%H:%M:%S).123456789Z then"; sleep 2; echo done', { tty: true })
  t.match((await read(id)).map(({ text }) => text), [/^until .*\.123456789Z then$/, 'done'])
})

t.test('the usual tail is one question to the engine', async t => {
  const id = await ran(t, 'i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done')
  spies.local.reset()
  t.equal((await read(id, 'tail=100')).length, 100)
  await sleep(50)
  t.equal(spies.local.requests.filter(({ url }) => url.includes('/logs')).length, here('questionsOfTail'))
})
