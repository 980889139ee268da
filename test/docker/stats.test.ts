import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { call } from '../../scripts/lib/api.mjs'
import { LIVE_LIMITS } from '../../src/engine/live/feed.js'
import type { EngineStats } from '../../src/engine/models/stats.js'
import { psPattern } from '../../src/docker/containers/ps-arguments.js'
import { statsOf } from '../../src/engine/stats-sample.js'
import { ndjson } from '../support/client.js'
import { engines, image } from '../support/engines.js'
import { startGateway } from '../support/gateway.js'

const gateway = await startGateway(t)
const { admin, spies } = gateway
const MEBIBYTE = 1024 * 1024
let made = 0

async function run (t: { teardown (undo: () => Promise<unknown>): unknown }, script: string, rest: object = {}): Promise<string> {
  const { status, body, text } = await admin.post('/hosts/local/containers/run', { image, name: `stats-${process.pid}-${made++}`, command: ['sh', '-c', script], ...rest })
  if (status !== 201) throw new Error(text)
  t.teardown(async () => await admin.delete(`/hosts/local/containers/${body.id}?force=true`))
  return body.id as string
}

/** What `docker stats` itself shows of a container. */
async function dockerStats (id: string): Promise<{ cpu: number, used: number, limit: number, memory: number, pids: number }> {
  const { stdout } = await promisify(execFile)('docker', ['stats', '--no-stream', '--format', '{{json .}}', id], { env: { ...process.env, DOCKER_HOST: engines[0].url } })
  const { CPUPerc, MemUsage, MemPerc, PIDs } = JSON.parse(stdout)
  const [used = 0, limit = 0] = String(MemUsage).split(' / ').map(bytesOf)
  return { cpu: parseFloat(CPUPerc), used, limit, memory: parseFloat(MemPerc), pids: Number(PIDs) }
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: MEBIBYTE, GiB: 1024 * MEBIBYTE }
const bytesOf = (text: string): number => parseFloat(text) * (UNITS[text.replace(/[\d.]+/, '')] ?? NaN)

t.test('what docker stats shows, on the cgroups of this machine', async t => {
  // Half a core for a while, 20 MiB in memory and 40 MiB in the page cache.
  const id = await run(t, 'dd if=/dev/zero of=/tmp/file bs=1M count=40; cat /tmp/file > /dev/null; tail -c 20M /dev/zero | sleep 600 & while true; do :; done', { cpus: 0.5, memoryBytes: 256 * MEBIBYTE })
  await sleep(2000)
  const [docker, { text }] = await Promise.all([dockerStats(id), admin.get(`/hosts/local/containers/${id}/stats?stream=false`)])
  const [sample, end, ...rest] = ndjson(text)
  t.same([end, rest], [{ type: 'end', reason: 'complete' }, []])
  t.ok(Math.abs(sample.cpuPercent - docker.cpu) < 25, `${sample.cpuPercent} % and ${docker.cpu} %`)
  t.ok(sample.cpuPercent > 5 && sample.cpuPercent < 100, 'about half a core, where others leave it that much')
  t.ok(Math.abs(sample.memory.usedBytes - docker.used) < 2 * MEBIBYTE, `${sample.memory.usedBytes} and ${docker.used} bytes`)
  t.ok(Math.abs(sample.memory.percent - docker.memory) < 1, `${sample.memory.percent} % and ${docker.memory} %`)
  t.equal(sample.memory.limitBytes, docker.limit)
  t.equal(sample.pids, docker.pids)
  t.ok(sample.raw.memory_stats.usage - sample.memory.usedBytes >= 0)
  t.equal(sample.time, sample.raw.read)
  t.notOk('receivedBytesPerSecond' in sample.network, 'there is no sample before')
})

t.test('a stream: a sample a second, with rates, and its end', async t => {
  const id = await run(t, 'while [ ! -e /stop ]; do dd if=/dev/zero of=/tmp/file bs=1M count=5 conv=fsync 2>/dev/null; sleep 0.1; done; exit 7')
  let samples = 0
  const { code, messages } = await admin.follow(`/hosts/local/containers/${id}/stats`, message => {
    if (message.type === 'stats' && ++samples === 4) void admin.post(`/hosts/local/containers/${id}/exec`, { command: ['touch', '/stop'] })
  })
  t.equal(code, 1000)
  t.same(messages.at(-1), { type: 'end', reason: 'exited', exitCode: 7 })
  const events = messages.slice(0, -1)
  t.ok(events.length >= 4 && events.every(({ type }) => type === 'stats'))
  const [first, ...later] = events
  t.notOk('readBytesPerSecond' in first.block)
  for (const [index, event] of later.entries()) {
    const before = events[index]
    const seconds = (Date.parse(event.time) - Date.parse(before.time)) / 1000
    t.ok(seconds > 0.5 && seconds < 3, `${seconds} seconds`)
    t.ok(Math.abs(event.network.receivedBytesPerSecond * seconds - (event.network.receivedBytes - before.network.receivedBytes)) < 1000)
    t.ok(event.block.writtenBytesPerSecond >= 0)
    t.equal(event.network.receivedBytes, event.raw.networks.eth0.rx_bytes)
  }
})

t.test('a sample with none before it has the average since the start', async t => {
  const id = await run(t, 'timeout 1 sh -c "while :; do :; done"; exec sleep 600')
  const { body: { state: { startedAt } } } = await admin.get(`/hosts/local/containers/${id}`)
  await sleep(1500)
  const { messages: [first] } = await admin.follow(`/hosts/local/containers/${id}/stats`, (_message, socket) => { socket.close() })
  const [once] = ndjson((await admin.get(`/hosts/local/containers/${id}/stats?stream=false&oneShot=true`)).text)
  for (const { cpuPercent, raw, time } of [first, once]) {
    t.notOk(raw.precpu_stats.system_cpu_usage, 'the engine has none')
    const average = raw.cpu_stats.cpu_usage.total_usage / ((Date.parse(time) - Date.parse(startedAt)) * 1e6) * 100
    t.ok(Math.abs(cpuPercent - average) < 1, `${cpuPercent} % and ${average} %`)
    t.ok(cpuPercent > 3, `${cpuPercent} %`)
  }
})

t.test('a container that does not run', async t => {
  const id = await run(t, 'exit 3')
  await admin.get(`/hosts/local/containers/${id}/logs?follow=true`)
  t.same(ndjson((await admin.get(`/hosts/local/containers/${id}/stats`)).text), [{ type: 'end', reason: 'exited', exitCode: 3 }])
  const [sample, end] = ndjson((await admin.get(`/hosts/local/containers/${id}/stats?stream=false`)).text)
  t.match(sample, { type: 'stats', cpuPercent: 0, memory: { usedBytes: 0, limitBytes: 0, percent: 0 }, network: { receivedBytes: 0 }, block: { readBytes: 0 }, pids: 0 })
  t.ok(Math.abs(Date.parse(sample.time) - Date.now()) < 10_000)
  t.same(end, { type: 'end', reason: 'complete' })
  t.same((await admin.get(`/hosts/local/containers/${id}/ports`)).body, { items: [] })
})

t.test('removed while it is followed', async t => {
  const id = await run(t, 'sleep 600')
  const { code, messages } = await admin.follow(`/hosts/local/containers/${id}/stats`, message => {
    if (message.type === 'stats') void admin.delete(`/hosts/local/containers/${id}?force=true`)
  })
  t.match(messages.at(-1), { type: 'end', reason: code === 4404 ? 'removed' : 'exited' })
})

t.test('a restart goes on where the container runs again', async t => {
  const id = await run(t, 'sleep 600')
  let seen = 0
  const { messages } = await admin.follow(`/hosts/local/containers/${id}/stats`, (message, socket) => {
    if (message.type === 'stats' && ++seen === 2) void call(engines[0], 'POST', `/containers/${id}/restart?t=0`)
    if (seen === 5) socket.close()
  })
  t.ok(seen === 5 || messages.at(-1)?.reason === 'exited', 'it either goes on, or says that it had ended')
})

t.test('the engine goes away while it is followed', async t => {
  const { admin, spies } = await startGateway(t, { live: { ...LIVE_LIMITS, reconnectMs: 500 } })
  const id = await run(t, 'sleep 600')
  const end = await admin.follow(`/hosts/local/containers/${id}/stats`, () => { void spies.local.down() })
  t.match(end, { code: 4503, reason: 'host-unreachable' })
  t.match(end.messages.at(-1), { type: 'error', problem: { code: 'host-unreachable' } })
  await spies.local.up()
})

t.test('whatever ends it, the engine is let go of', async t => {
  const running = await run(t, 'sleep 600')
  const ended = await run(t, 'exit 0')
  await Promise.all(Array.from({ length: 40 }, async () => await admin.follow(`/hosts/local/containers/${running}/stats`, (_message, socket) => { socket.close() })))
  await Promise.all(Array.from({ length: 40 }, async () => await admin.get(`/hosts/local/containers/${ended}/stats`)))
  // Short calls keep up to 32 connections for the next.
  for (let tries = 0; spies.local.open > 32 && tries < 60; tries++) await sleep(50)
  t.ok(spies.local.open <= 32, `${spies.local.open} connections open`)
  await gateway.services.journal.flush()
  const { body } = await admin.get('/audit?operation=container.stats&limit=1')
  t.match(body.items, [{ stage: 'completed', outcome: { end: 'complete' } }])
})

t.test('who follows the same container shares one stream, which survives a lost connection', async t => {
  const { admin, spies, services } = await startGateway(t)
  const { feeds } = services.hosts.get('local').containers
  t.same(feeds, { logs: 0, stats: 0 })
  const id = await run(t, 'sleep 600')
  const followers = Array.from({ length: 20 }, async () => {
    let seen = 0
    return await admin.follow(`/hosts/local/containers/${id}/stats`, (_message, socket) => { if (++seen === 3) socket.close() })
  })
  await spies.local.seen(({ url }) => url.includes('/stats'))
  await sleep(1500)
  await spies.local.down()
  await spies.local.up()
  for (const { messages } of await Promise.all(followers)) t.ok(messages.length >= 3 && messages.every(({ type }) => type === 'stats'))
  t.equal(spies.local.requests.filter(({ url }) => url.includes('/stats')).length, 2, 'one, and one more for the connection that was lost')
  for (let tries = 0; services.hosts.get('local').containers.feeds.stats > 0 && tries < 100; tries++) await sleep(20)
  t.equal(services.hosts.get('local').containers.feeds.stats, 0)
})

t.test('several containers in one stream', async t => {
  const [long, short] = [await run(t, 'sleep 600'), await run(t, 'sleep 3; exit 4')]
  const ids = new Set<string>()
  const { code, messages } = await admin.follow(`/hosts/local/stats?container=${long}&container=${short.slice(0, 12)}`, message => {
    if (message.type === 'stats') ids.add(message.id)
    if (message.type === 'ended' && message.id === short) void admin.delete(`/hosts/local/containers/${long}?force=true`)
  })
  t.equal(code, 1000)
  t.same([...ids].sort(), [long, short].sort())
  t.match(messages.find(({ type, id }) => type === 'ended' && id === short), { outcome: 'exited', exitCode: 4, name: /^stats-/ })
  t.match(messages.find(({ type, id }) => type === 'ended' && id === long), { outcome: /exited|removed/ })
  t.same(messages.at(-1), { type: 'end', reason: 'complete' })
  t.match(await admin.get('/hosts/local/stats?container=no-such-container'), { status: 404, body: { code: 'not-found', detail: 'no such container: no-such-container' } })
  t.match(await admin.get('/hosts/local/stats?container=..%2fx'), { status: 400, body: { errors: [{ path: '/container/0' }] } })
})

t.test('all that run, and those that are started later', async t => {
  const first = await run(t, 'sleep 600')
  let later: Promise<string> | undefined
  const seen = new Set<string>()
  await admin.follow('/hosts/local/stats', async (message, socket) => {
    seen.add(message.id)
    later ??= seen.has(first) ? run(t, 'sleep 600') : undefined
    if (later !== undefined && seen.has(await later)) socket.close()
  })
  t.ok(seen.has(first) && seen.has(await later ?? ''))
})

t.test('a subscription', async t => {
  const id = await run(t, 'sleep 600')
  const subscriptions = admin.subscriptions()
  const items = subscriptions.iterate({ query: `subscription { containerStats(host: "local", id: "${id}") { ... on StatsEvent { type cpuPercent memory { usedBytes limitBytes } network { receivedBytesPerSecond } raw } } }` })
  t.match(await items.next(), { value: { data: { containerStats: { type: 'stats', memory: { usedBytes: Number, limitBytes: Number }, network: { receivedBytesPerSecond: null }, raw: { name: /stats/ } } } } })
  t.match(await items.next(), { value: { data: { containerStats: { type: 'stats', network: { receivedBytesPerSecond: Number } } } } })
  await items.return?.()
  await subscriptions.dispose()
})

/**
 * A sample as an engine on cgroup v2 gives it: no `percpu_usage`, `inactive_file` for `total_inactive_file`, small
 * letters in `op`, null for what v2 does not have. In the form of samples of 2024 that people have published.
 */
const onV2 = (seconds: number, rest: Partial<EngineStats> = {}): EngineStats => ({
  read: `2024-02-17T17:46:${20 + seconds}.406847872Z`,
  pids_stats: { current: 3 },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'read', value: 4096 * seconds }, { op: 'write', value: 815_104 + 8192 * seconds },
      { op: 'read', value: 0 }, { op: 'write', value: 0 }
    ]
  },
  cpu_stats: { cpu_usage: { total_usage: 160_497_000 + 500_000_000 * seconds }, system_cpu_usage: 143_575_710_000_000 + 4_000_000_000 * seconds, online_cpus: 4 },
  precpu_stats: { cpu_usage: { total_usage: 160_497_000 + 500_000_000 * (seconds - 1) }, system_cpu_usage: 143_575_710_000_000 + 4_000_000_000 * (seconds - 1), online_cpus: 4 },
  memory_stats: { usage: 12_746_752, limit: 12_252_557_312, stats: { active_file: 69_632, anon: 11_309_056, file: 884_736, inactive_anon: 11_304_960, inactive_file: 815_104 } },
  networks: { eth0: { rx_bytes: 446 + 1000 * seconds, tx_bytes: 100 * seconds }, eth1: { rx_bytes: 4, tx_bytes: 0 } },
  ...rest
})

t.test('samples of an engine on cgroup v2', async t => {
  const [first, second] = [onV2(1), onV2(3)]
  t.match(statsOf(undefined, first), {
    type: 'stats',
    time: '2024-02-17T17:46:21.406847872Z',
    cpuPercent: 50,
    memory: { usedBytes: 11_931_648, limitBytes: 12_252_557_312, percent: 11_931_648 / 12_252_557_312 * 100 },
    pids: 3
  })
  t.same(statsOf(undefined, first).block, { readBytes: 4096, writtenBytes: 823_296 })
  const { network, block } = statsOf(first, second)
  t.same(network, { receivedBytes: 3450, sentBytes: 300, receivedBytesPerSecond: 1000, sentBytesPerSecond: 100 })
  t.same(block, { readBytes: 12_288, writtenBytes: 839_680, readBytesPerSecond: 4096, writtenBytesPerSecond: 8192 })
})

t.test('samples that lack something', async t => {
  const bare = { read: '2024-02-17T17:46:21Z' }
  t.match(statsOf(undefined, bare), { cpuPercent: 0, memory: { usedBytes: 0, limitBytes: 0, percent: 0 }, pids: 0 })
  t.same(statsOf(undefined, onV2(1, { networks: null })).network, { receivedBytes: 0, sentBytes: 0 })
  t.same(statsOf(onV2(3), { ...onV2(1), read: '2024-02-17T17:46:24.406847872Z' }).network, { receivedBytes: 1450, sentBytes: 100 }, 'counters that went back are those of another run')
  t.equal(statsOf(undefined, onV2(1, { memory_stats: { usage: 100, limit: 200, stats: { inactive_file: 100 } } })).memory.usedBytes, 100, 'a cache as large as the use is not believed')
  t.equal(statsOf(undefined, onV2(1, { memory_stats: { usage: 100, limit: 200, stats: { total_inactive_file: 30, inactive_file: 20 } } })).memory.usedBytes, 70, 'v1 has both')
  const { cpu_stats: { cpu_usage: usage, system_cpu_usage: system } = {}, ...rest } = onV2(1)
  t.equal(statsOf(undefined, { ...rest, cpu_stats: { cpu_usage: { ...usage, percpu_usage: [1, 2] }, system_cpu_usage: system } }).cpuPercent, 25, 'an old engine tells the CPUs one by one')
})

t.test('top', async t => {
  const id = await run(t, 'sleep 801 & exec sleep 802')
  const { body } = await admin.get(`/hosts/local/containers/${id}/top`)
  t.ok(body.titles.includes('PID') && body.titles.includes('CMD'))
  t.same(body.processes.map((row: string[]) => row.at(-1)).sort(), ['sleep 801', 'sleep 802'])
  t.same((await admin.get(`/hosts/local/containers/${id}/top?psArgs=${encodeURIComponent('-eo pid,args')}`)).body.titles, ['PID', 'COMMAND'])
  const { data } = await admin.graphql(`{ containerTop(host: "local", id: "${id}", psArgs: "aux") { titles processes } }`)
  t.equal(data.containerTop.processes.length, 2)
  t.match(await admin.get(`/hosts/local/containers/${id}/top?psArgs=${encodeURIComponent('-o comm')}`), { body: { detail: /PID/ } }, 'the engine\'s own words')
})

t.test('what ps may not be asked', async t => {
  const id = await run(t, 'sleep 803', { env: { SECRET: 'canary' } })
  spies.local.reset()
  for (const psArgs of ['', 'e', 'auxe', '-auxe', 'axe', '-eo pid,args=PID', '-o pid=x', '-o pid,environ', '-ef; id', '-ef\n', '--help', '-p 1', '-ef -o pid,args', '-C sh', '-o pid -o args=PID', 'aux e']) {
    const { status, body } = await admin.get(`/hosts/local/containers/${id}/top?psArgs=${encodeURIComponent(psArgs)}`)
    t.match({ status, ...body }, { status: 400, code: 'invalid-input', errors: [{ path: '/psArgs', message: /must be/ }] }, psArgs)
  }
  t.equal(spies.local.bytes, 0)
  for (const psArgs of ['-ef', '-eF', 'aux', 'axj', '-eFjl', '-o pid,user,args', 'ax o pid,args', '-A -o pid,args', 'auxww']) {
    t.ok(new RegExp(psPattern, 'u').test(psArgs), psArgs)
    const { status, text } = await admin.get(`/hosts/local/containers/${id}/top?psArgs=${encodeURIComponent(psArgs)}`)
    t.equal(status, 200, text)
    t.notMatch(text, /canary/)
  }
})

t.test('port', async t => {
  const id = await run(t, 'sleep 600', { ports: [{ containerPort: 80, hostIp: '127.0.0.1' }, { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 18_053 }, { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.2', hostPort: 18_054 }] })
  const { body } = await admin.get(`/hosts/local/containers/${id}/ports`)
  const find = (protocol: string) => body.items.filter((item: { protocol: string }) => item.protocol === protocol)
  t.same(find('udp').sort((one: { hostPort: number }, other: { hostPort: number }) => one.hostPort - other.hostPort), [
    { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 18_053 }, { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.2', hostPort: 18_054 }
  ])
  t.match(find('tcp'), [{ containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: Number }])
  t.equal(body.items.length, 3)
  const { data } = await admin.graphql(`{ containerPort(host: "local", id: "${id}") { items { containerPort protocol hostIp hostPort } } }`)
  t.same(data.containerPort, body)
})
