import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { image } from '../test/support/engines.js'
import { startGateway } from '../test/support/gateway.js'

/**
 * Peers that vanish without a word, with the times that are promised: found within 60 seconds. A process that was stopped
 * still has a system that acknowledges what it is sent; a namespace whose link went down has nothing.
 */
const FOUND_MS = 60_000
const SLACK_MS = 5000
const { admin, services, app } = await startGateway(t)
const { body: { id } } = await admin.post('/hosts/local/containers/run', { image, name: `half-open-${process.pid}`, command: ['sleep', '600'] })
t.teardown(async () => { await admin.delete(`/hosts/local/containers/${id}?force=true`) })
const path = `/hosts/local/containers/${id}/logs?follow=true`
const following = () => services.hosts.get('local').containers.feeds.logs

/** Follows the quiet log, by WebSocket or over HTTP, and says so. */
const PEER = `
const [way, url, authorization] = process.argv.slice(1)
if (way === 'socket') {
  const { WebSocket } = await import('ws')
  new WebSocket(url.replace(/^http/, 'ws'), { headers: { authorization } }).on('open', () => console.log('open'))
} else {
  const { get } = await import('node:http')
  get(url, { headers: { authorization } }, answer => { answer.resume(); console.log('open') })
}
setInterval(() => {}, 1000)`

async function peer (t: Test, way: 'socket' | 'http', url: string, within: readonly string[] = []): Promise<ChildProcess> {
  const [command = '', ...rest] = [...within, process.execPath, '--input-type=module', '-e', PEER, way, url, admin.headers.authorization ?? '']
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { child.kill('SIGKILL') })
  await once(createInterface(child.stdout), 'line')
  return child
}

async function foundMs (): Promise<number> {
  const begun = performance.now()
  while (following() > 0 && performance.now() - begun < 2 * FOUND_MS) await sleep(100)
  return performance.now() - begun
}

t.test('a process that was stopped, at a WebSocket, behind its answer to a ping', { timeout: 200_000 }, async t => {
  const child = await peer(t, 'socket', admin.address(path))
  await sleep(31_000)
  t.equal(following(), 1, 'one that answers stays')
  child.kill('SIGSTOP')
  const ms = await foundMs()
  console.error('#', `found after ${(ms / 1000).toFixed(1)} s`)
  t.ok(ms < FOUND_MS + SLACK_MS, `${ms} ms`)
})

t.test('a host that lost its network', { timeout: 400_000 }, async t => {
  const name = `caisson-${process.pid}`
  const ip = (...rest: string[]) => { execFileSync('ip', rest) }
  ip('netns', 'add', name)
  t.teardown(() => { ip('netns', 'del', name) })
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'far', 'netns', name)
  ip('addr', 'add', '10.214.7.1/30', 'dev', name)
  ip('link', 'set', name, 'up')
  ip('-n', name, 'addr', 'add', '10.214.7.2/30', 'dev', 'far')
  ip('-n', name, 'link', 'set', 'far', 'up')
  // The gateway listens at loopback alone; this is its second address, for the one test.
  const server = createServer(socket => { app.server.emit('connection', socket) })
  server.listen(0, '10.214.7.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const { port } = server.address() as AddressInfo
  const url = `http://10.214.7.1:${port}/api/v1${path}`
  for (const way of ['socket', 'http'] as const) {
    await peer(t, way, url, ['ip', 'netns', 'exec', name])
    t.equal(following(), 1)
    ip('-n', name, 'link', 'set', 'far', 'down')
    const ms = await foundMs()
    console.error('#', `${way}: found after ${(ms / 1000).toFixed(1)} s`)
    t.ok(ms < FOUND_MS + SLACK_MS, `${way}: ${ms} ms`)
    ip('-n', name, 'link', 'set', 'far', 'up')
  }
})
