import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import http, { type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import WebSocket from 'ws'
import { ask, call } from '../scripts/lib/api.mjs'
import { Client } from '../test/support/client.js'
import { image, privateEngine } from '../test/support/engines.js'
import { startSpy } from '../test/support/spy.js'

/**
 * What many readers cost, of a gateway that is a process of its own, as `npm start` makes it. It needs `npm run build`.
 * The bounds are the ones that are promised; what was measured is told beside them.
 */
const PASSWORD = 'correct horse battery live'
/** What two gateways keep of connections to one engine, for calls to come. */
const POOLS = 2 * 32
const engine = await privateEngine(t)
const spy = await startSpy(engine.socketPath)
t.teardown(async () => { await spy.close() })
const gateway = await startProcess(t, '127.0.0.1:0')
const admin = await new Client(gateway.url).signIn('admin', PASSWORD)
let made = 0

async function startProcess (t: Test, listen: string, flags: readonly string[] = []) {
  const dataDir = mkdtempSync(join(tmpdir(), 'caisson-live-'))
  const env = { ...process.env, CAISSON_DATA_DIR: dataDir, CAISSON_HOSTS: `local=${spy.url}`, CAISSON_ADMIN_PASSWORD: PASSWORD, CAISSON_LISTEN: listen, CAISSON_LOG_LEVEL: 'info' }
  const child = spawn(process.execPath, [...flags, 'dist/server.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(dataDir, { recursive: true, force: true })
  })
  let url: string | undefined
  child.stdout.setEncoding('utf8').on('data', text => { url ??= /"address":"((?:http|unix):[^"]+)"/.exec(String(text))?.[1] })
  await until('the gateway has started', () => url !== undefined, 60)
  const proc = `/proc/${child.pid}`
  return {
    url: url ?? '',
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1]) / 1024,
    descriptors: () => descriptorsOf(proc)
  }
}

/** What a process has open: unix sockets (in the main connections to an engine, of which a pool is kept), and all else. */
function descriptorsOf (proc: string): { unix: number, others: number } {
  const inodes = new Set(readFileSync('/proc/net/unix', 'utf8').split('\n').map(line => line.trim().split(/\s+/)[6]))
  const sockets = readdirSync(`${proc}/fd`).map(name => {
    try { return /^socket:\[(\d+)\]/.exec(readlinkSync(`${proc}/fd/${name}`))?.[1] } catch { return undefined }
  })
  const unix = sockets.filter(inode => inode !== undefined && inodes.has(inode)).length
  return { unix, others: sockets.length - unix }
}

async function run (t: Test, script: string): Promise<string> {
  const { Id: id } = await ask(engine, 'POST', `/containers/create?name=live-long-${made++}`, { json: { Image: image, Cmd: ['sh', '-c', script] } })
  await call(engine, 'POST', `/containers/${id}/start`)
  t.teardown(async () => await call(engine, 'DELETE', `/containers/${id}?force=true`))
  return id as string
}

const path = (id: string) => `/hosts/local/containers/${id}/logs?follow=true`

async function opened (id: string, query = '', client = admin): Promise<WebSocket> {
  const socket = client.socket(path(id) + query)
  await once(socket, 'open')
  return socket
}

/** Not all at once: the machine has to make as many clients as the gateway has readers. */
async function many<T> (count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const all: T[] = []
  while (all.length < count) all.push(...await Promise.all(Array.from({ length: Math.min(50, count - all.length) }, async (_, index) => await make(all.length + index))))
  return all
}

async function until (what: string, isSo: () => boolean, seconds = 120, more = () => ''): Promise<void> {
  for (const begun = Date.now(); !isSo(); await sleep(100)) if (Date.now() - begun > seconds * 1000) throw new Error(`it did not come to that: ${what} ${more()}`)
}

t.test('1,000 followers of one chatty container', { timeout: 400_000 }, async t => {
  const LINES = 400
  // Ten lines a second, each with its own time: what a line takes is told by the engine's clock, which is this machine's.
  const id = await run(t, `while [ ! -e /go ]; do sleep 0.1; done; i=0; while [ $i -lt ${LINES} ]; do echo line $i; i=$((i+1)); sleep 0.1; done`)
  spy.reset()
  const delays: number[] = []
  const next = new Array<number>(1000).fill(0)
  let misplaced = 0
  const closed = new Set<number>()
  await many(1000, async index => {
    const socket = await opened(id)
    socket.on('message', data => {
      const { type, text, time } = JSON.parse(String(data))
      if (type !== 'log') return
      if (text !== `line ${next[index]}`) misplaced++
      next[index] = (next[index] ?? 0) + 1
      delays.push(Date.now() - Date.parse(time))
    })
    socket.once('close', code => { if (code === 1000) closed.add(index) })
  })
  const { Id: exec } = await ask(engine, 'POST', `/containers/${id}/exec`, { json: { Cmd: ['touch', '/go'] } })
  await call(engine, 'POST', `/exec/${exec}/start`, { json: { Detach: true } })
  let rss = 0
  const watch = setInterval(() => { rss = Math.max(rss, gateway.rss()) }, 500)
  await until('all have ended', () => closed.size === 1000, 240)
  clearInterval(watch)
  t.equal(misplaced, 0, 'none out of order')
  t.ok(next.every(count => count === LINES), 'none lost')
  t.equal(spy.requests.filter(({ url }) => url.includes('follow=true')).length, 1, 'one stream at the engine')
  const p99 = delays.sort((one, other) => one - other)[Math.floor(delays.length * 0.99)] ?? NaN
  console.error('#', `p99 ${p99} ms, p50 ${delays[Math.floor(delays.length / 2)]} ms, ${delays.length} lines, RSS ${rss.toFixed(0)} MiB`)
  t.ok(p99 < 1000, `p99 ${p99} ms`)
  t.ok(rss < 400, `${rss} MiB`)
})

// TCP keeps megabytes for a reader that does not read; a unix socket keeps little, so that the gateway feels it.
t.test('200 readers that read nothing cost little, slow nobody, and are closed', { timeout: 400_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-live-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const socketPath = join(folder, 'gateway.sock')
  const gateway = await startProcess(t, `unix:${socketPath}`)
  const token = await signIn(socketPath)
  const id = await run(t, 'x=$(head -c 2000 /dev/zero | tr \'\\0\' x); i=0; while :; do echo line $i $x; i=$((i+1)); sleep 0.01; done')
  const before = gateway.rss()
  const stalled = await many(200, async index => await (index % 2 === 0 ? stalledSocket : stalledAnswer)(socketPath, token, id))
  let lines = 0
  let dropped = 0
  const quick = await overUnix(socketPath, token, id)
  quick.on('message', data => {
    const { type } = JSON.parse(String(data))
    if (type === 'log') lines++
    if (type === 'dropped') dropped++
  })
  let during = 0
  const watch = setInterval(() => { during = Math.max(during, gateway.rss()) }, 500)
  const ends = await Promise.all(stalled.map(async ({ end }) => await end()))
  clearInterval(watch)
  quick.terminate()
  console.error(`# ${(during - before).toFixed(0)} MiB for 200 readers; ${lines} lines for the quick one; ${JSON.stringify(Object.fromEntries([...new Set(ends)].map(end => [end, ends.filter(other => other === end).length])))}`)
  t.ok(during - before < 200, `${during - before} MiB`)
  t.equal(dropped, 0, 'the quick one loses nothing')
  t.ok(lines > 500, `${lines} lines`)
  t.ok(ends.every(end => end === 'too-slow'), 'each is told why')
})

async function signIn (socketPath: string): Promise<string> {
  const body = JSON.stringify({ username: 'admin', password: PASSWORD })
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    http.request({ socketPath, path: '/api/v1/auth/login', method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length } }, resolve).once('error', reject).end(body)
  })
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk)
  return (JSON.parse(text) as { accessToken: string }).accessToken
}

interface Stalled { readonly end: () => Promise<string> }

/** Long enough to be found too slow: thirty seconds, seen every five, behind what the sockets keep. */
const STALL_MS = 45_000

async function overUnix (socketPath: string, token: string, id: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws+unix:${socketPath}:/api/v1${path(id)}`, { headers: { authorization: `Bearer ${token}` } })
  await once(socket, 'open')
  return socket
}

/** Reads again in the end, and says how it ended. */
async function stalledSocket (socketPath: string, token: string, id: string): Promise<Stalled> {
  const socket = await overUnix(socketPath, token, id)
  socket.pause()
  const closed = once(socket, 'close')
  return {
    async end () {
      await sleep(STALL_MS)
      socket.resume()
      const [code, reason] = await closed
      return code === 4408 ? String(reason) : `${code} ${reason}`
    }
  }
}

async function stalledAnswer (socketPath: string, token: string, id: string): Promise<Stalled> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    http.get({ socketPath, path: `/api/v1${path(id)}`, headers: { authorization: `Bearer ${token}` } }, answer => { answer.pause(); resolve(answer) }).once('error', reject)
  })
  return {
    async end () {
      await sleep(STALL_MS)
      let last = ''
      try { for await (const chunk of answer.setEncoding('utf8')) last = (last + String(chunk)).slice(-10_000) } catch { return 'cut' }
      return JSON.parse(last.trimEnd().split('\n').at(-1) ?? '{}').problem?.code ?? 'ended'
    }
  }
}

t.test('5,000 streams that were opened and closed leave nothing behind', { timeout: 400_000 }, async t => {
  // What is not garbage would not fit: 20 kB of each that stayed are more than this heap has.
  const gateway = await startProcess(t, '127.0.0.1:0', ['--max-old-space-size=90'])
  const client = await new Client(gateway.url).signIn('admin', PASSWORD)
  const id = await run(t, 'while :; do echo x; sleep 0.2; done')
  await many(100, async () => { (await opened(id, '', client)).terminate() })
  await until('nothing is open', () => spy.open <= POOLS)
  await sleep(1000)
  const [descriptors, rss] = [gateway.descriptors(), gateway.rss()]
  await many(5000, async index => {
    if (index % 2 === 0) { (await opened(id, index % 4 === 0 ? '' : '&tail=3', client)).terminate(); return }
    const controller = new AbortController()
    await client.fetch(client.address(path(id)), { signal: controller.signal })
    controller.abort()
  })
  await until('the engine is let go of', () => spy.open <= POOLS)
  const total = ({ unix, others }: ReturnType<typeof descriptorsOf>) => unix + others
  await until('the sockets are gone', () => total(gateway.descriptors()) <= total(descriptors) + 8, 120, () => JSON.stringify({ before: descriptors, after: gateway.descriptors() }))
  console.error('#', `descriptors before and after: ${JSON.stringify([descriptors, gateway.descriptors()])}; ${rss.toFixed(0)} and ${gateway.rss().toFixed(0)} MiB; ${spy.open} connections to the engine`)
  const text = await (await client.fetch(`${gateway.url}/metrics`)).text()
  t.match(text, /caisson_streams_open/)
  t.notMatch(text, /caisson_streams_open\{[^}]*\} [1-9]/)
  t.ok(gateway.rss() - rss < 150, 'no heap that grows')
})
