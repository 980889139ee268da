import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import t, { type Test } from 'tap'
import { engines, image } from '../support/engines.js'
import { ndjson } from '../support/client.js'
import { startGateway } from '../support/gateway.js'

const gateway = await startGateway(t)
const { admin, spies } = gateway
let made = 0

// TCP may keep 32 MiB for a reader that does not read; a unix socket keeps little, so that the engine feels it.
const socketPath = join(gateway.dataDir, 'gateway.sock')
const server = http.createServer((request, response) => { gateway.app.routing(request, response) })
await once(server.listen(socketPath), 'listening')
t.teardown(async () => { server.closeAllConnections(); server.close() })

async function create (t: Test, script: string, rest: object = {}): Promise<string> {
  const { status, body, text } = await admin.post('/hosts/local/containers', { image, name: `follow-${process.pid}-${made++}`, command: ['sh', '-c', script], ...rest })
  if (status !== 201) throw new Error(text)
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${body.id}?force=true`))
  return body.id as string
}

async function run (t: Test, script: string, rest: object = {}): Promise<string> {
  return await started(await create(t, script, rest))
}

async function started (id: string): Promise<string> {
  await admin.post(`/hosts/local/containers/${id}/start`)
  return id
}

/** A follow whose reader takes what it wants when it wants; nothing is read ahead, as `fetch` would. */
const open = async (id: string, query = '') => await new Promise<IncomingMessage>((resolve, reject) => {
  const path = `/api/v1/hosts/local/containers/${id}/logs?follow=true${query}`
  http.get({ socketPath, path, headers: admin.headers }, resolve).on('error', reject)
})

async function drain (answer: IncomingMessage, pauseMs = 0) {
  const parts: Buffer[] = []
  for await (const part of answer) {
    parts.push(part)
    if (pauseMs > 0) await sleep(pauseMs)
  }
  return ndjson(Buffer.concat(parts).toString())
}

const follow = async (id: string, query = '') => await drain(await open(id, query))

/** Where the lines are not `line 0` to `line count-1`, each once and in order: the first place. */
function flaw (events: Array<{ type: string, text?: string }>, count: number): string | undefined {
  const numbers = events.filter(({ type }) => type === 'log').map(({ text = '' }) => Number(text.split(' ')[1]))
  const wrong = numbers.findIndex((number, index) => number !== index)
  if (wrong >= 0) return `line ${numbers[wrong]} in the place of ${wrong}`
  return numbers.length === count ? undefined : `${numbers.length} lines of ${count}`
}

/**
 * With 1 KB a line more than what waits between the engine and a reader that does not read: the engine keeps 4096
 * lines, the sockets and the gate some megabytes. It then still has lines to send when the container exits.
 */
const BEFORE = 12_000
/** Lines of 1 KB, and then what the container writes when it is told to end. */
const stalling = (then: string) => `
  x=$(head -c 1000 /dev/zero | tr '\\0' x); i=0
  more () { awk -v i=$i -v n=$1 -v x=$x 'BEGIN { while (i < n) print "line " i++ " " x }'; i=$1; }
  trap '${then}; exit 3' TERM
  more ${BEFORE}; while :; do sleep 0.05; done`

async function until (settled: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await settled(); tries++) {
    if (tries > 400) throw new Error('it did not come to pass in 20 s')
    await sleep(50)
  }
}

const hasWritten = (id: string, text: string) => until(async () => (await admin.get(`/hosts/local/containers/${id}/logs?tail=1`)).text.includes(text))

/** A follow that has begun and stalled, of a container that then writes the rest and exits with 3. */
async function lagging (id: string, written = `line ${BEFORE - 1} `) {
  await hasWritten(id, written)
  const answer = await open(id)
  await sleep(300)
  await admin.post(`/hosts/local/containers/${id}/stop`, { timeoutSeconds: 30 })
  return answer
}

t.test('a reader that lags behind when the container exits misses nothing', async t => {
  const events = await drain(await lagging(await run(t, stalling(`more ${BEFORE + 6000}`))))
  t.equal(flaw(events, BEFORE + 6000), undefined)
  t.equal(events.length, BEFORE + 6001)
  t.match(events.at(-1), { type: 'end', reason: 'exited', exitCode: 3 })
})

t.test('a long line that the engine left in the middle is whole', async t => {
  const script = stalling('head -c 7232 /dev/zero | tr "\\0" z; echo').replace('while :', 'head -c 32768 /dev/zero | tr \'\\0\' z; while :')
  const events = await drain(await lagging(await run(t, script), 'zzz'))
  t.equal(flaw(events.slice(0, -2), BEFORE), undefined)
  t.equal(events.at(-2).text, 'z'.repeat(40_000))
  t.equal(events.length, BEFORE + 2)
})

t.test('many containers that write fast and exit, each with a fast and a slow reader', async t => {
  const script = 'i=0; while [ $i -lt 9000 ]; do echo line $i; i=$((i+1)); done'
  for (let round = 0; round < 3; round++) {
    const ids = await Promise.all(Array.from({ length: 5 }, async () => await run(t, script)))
    const answers = await Promise.all(ids.flatMap(id => [0, 20].map(async pauseMs => await drain(await open(id), pauseMs))))
    for (const events of answers) {
      t.equal(flaw(events, 9000), undefined)
      t.match(events.at(-1), { type: 'end', reason: 'exited', exitCode: 0 })
    }
  }
})

t.test('a tail and its follow: what came before the tail does not come behind it', async t => {
  const script = 'i=0; trap "while [ \\$i -lt 9000 ]; do echo line \\$i; i=\\$((i+1)); done; exit" TERM; for n in 1 2 3 4 5; do echo old $n; done; while :; do sleep 0.05; done'
  const id = await run(t, script)
  await hasWritten(id, 'old 5')
  await sleep(2100)
  const answers = [await open(id, '&tail=0'), await open(id, '&tail=2')]
  const reading = Promise.all(answers.map(async answer => await drain(answer)))
  await admin.post(`/hosts/local/containers/${id}/stop`, { timeoutSeconds: 30 })
  const [none = [], two = []] = await reading
  t.equal(flaw(none, 9000), undefined)
  t.match(two.slice(0, 2), [{ text: 'old 4' }, { text: 'old 5' }])
  t.equal(flaw(two.slice(2), 9000), undefined)
})

t.test('removed before a slow reader had everything: that something may be missing is told', async t => {
  const id = await run(t, stalling(`more ${BEFORE + 6000}`))
  const answer = await lagging(id)
  await admin.delete(`/hosts/local/containers/${id}?force=true`)
  const events = await drain(answer)
  const gap = events.findIndex(({ type }) => type === 'dropped')
  t.match([events[gap], events.at(-1)], [{ count: null }, { type: 'end', reason: 'removed' }])
  t.equal(flaw(events.slice(0, gap), gap), undefined)
  const kept = events.slice(gap).filter(({ type }) => type === 'log').map(({ text }) => Number(text.split(' ')[1]))
  t.ok(kept.every((number, index) => number > (kept[index - 1] ?? gap - 1)), 'what others were given already comes in order')
})

t.test('rotated away before a slow reader had everything: that something is missing is told', async t => {
  const LogConfig = { Type: 'json-file', Config: { 'max-size': '15m', 'max-file': '2' } }
  const { id } = await new Docker({ socketPath: engines[0].socketPath }).createContainer({ Image: image, Cmd: ['sh', '-c', stalling(`more ${BEFORE * 4}`)], HostConfig: { LogConfig } })
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${id}?force=true`))
  const events = await drain(await lagging(await started(id)))
  const gap = events.findIndex(({ type }) => type === 'dropped')
  t.match(events[gap], { count: null })
  t.equal(flaw(events.slice(0, gap), gap), undefined)
  t.match(events.at(-2).text, `line ${BEFORE * 4 - 1} `)
})

t.test('a reader that leaves in the middle of the rest lets go of the engine', async t => {
  const answer = await lagging(await run(t, stalling(`more ${BEFORE + 6000}`)))
  const idle = spies.local.open - 1
  for await (const part of answer) if (String(part).includes(`line ${BEFORE + 100} `)) break
  for (let tries = 0; spies.local.open > idle && tries < 40; tries++) await sleep(50)
  t.ok(spies.local.open <= idle, `${spies.local.open} connections open, ${idle} without the reader`)
  await gateway.services.journal.flush()
  const { body } = await admin.get('/audit?operation=container.logs&limit=1')
  t.match(body.items, [{ stage: 'completed', outcome: { end: 'client-left' } }])
})

t.test('why a follow ends', async t => {
  await t.test('created and never started: there is nothing to wait for', async t => {
    t.strictSame(await follow(await create(t, 'echo never')), [{ type: 'end', reason: 'complete' }])
  })
  await t.test('exited before: its log, and with what', async t => {
    const id = await run(t, 'echo once; exit 4')
    await follow(id)
    t.match(await follow(id), [{ text: 'once' }, { type: 'end', reason: 'exited', exitCode: 4 }])
  })
  await t.test('`until` has come, and the container runs', async t => {
    const id = await run(t, 'while :; do echo x; sleep 0.1; done')
    const limit = new Date(Date.now() + 1000).toISOString()
    const events = await follow(id, `&until=${limit}`)
    t.strictSame(events.at(-1), { type: 'end', reason: 'complete' })
    t.ok(events.length > 3 && events.slice(0, -1).every(({ time }) => time <= limit))
  })
  await t.test('started again by its restart policy: the run that was followed has exited', async t => {
    const id = await run(t, 'echo up; sleep 0.5; exit 5', { restartPolicy: { name: 'always' } })
    for (let round = 0; round < 3; round++) {
      const events = await follow(id)
      const end = events.at(-1)
      t.match(end, { type: 'end', reason: 'exited' })
      t.ok(end.exitCode === undefined || end.exitCode === 5, `exit code ${end.exitCode}`)
    }
  })
  await t.test('restarted by hand', async t => {
    const id = await run(t, 'trap "echo down; exit 6" TERM; echo up; while :; do sleep 0.05; done')
    const answer = await open(id)
    const ended = drain(answer)
    await sleep(300)
    await admin.post(`/hosts/local/containers/${id}/stop`, { timeoutSeconds: 5 })
    await admin.post(`/hosts/local/containers/${id}/start`)
    const events = await ended
    t.match(events.slice(0, 2), [{ text: 'up' }, { text: 'down' }])
    t.match(events.at(-1), { type: 'end', reason: 'exited' })
  })
})
