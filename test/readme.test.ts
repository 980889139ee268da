import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import t from 'tap'
import { root } from '../scripts/lib/setup.mjs'
import { until } from '../scripts/lib/processes.mjs'
import { privateEngine } from './support/engines.js'
import { startRegistry } from './support/registry.js'

/** What no clone has. What the suite has built is taken along: to build it again costs more than all the rest of this. */
const OWN = new Set(['.git', 'node_modules', 'data', '.tap'])

/** The commands of a section of the README: its indented blocks, in order. */
function blocksOf (section: string): string[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8').split(/^## /m).find(part => part.startsWith(`${section}\n`)) ?? ''
  return [...text.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''))
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

function clone (): string {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-clone-'))
  cpSync(root, folder, { recursive: true, filter: path => !OWN.has(relative(root, path).split('/')[0] ?? '') })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

t.test('five minutes: every command of the README, in a clone', async t => {
  const engine = await privateEngine(t, { flags: ['--registry-mirror=http://127.0.0.1:5000'] })
  await startRegistry(t, engine, ['localhost:5000/library/busybox:latest', 'localhost:5000/library/alpine:latest'])
  const folder = clone()
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const address = `127.0.0.1:${await freePort()}`
  const [start = '', ...blocks] = ['Five minutes', 'A team', 'What may be created'].flatMap(blocksOf).map(block => block.replaceAll('127.0.0.1:8080', address))
  t.equal(start, 'npm start\n')
  t.ok(blocks.length > 5, `${blocks.length} more`)

  const env = { ...process.env, DOCKER_HOST: engine.url, CAISSON_LISTEN: address }
  const gateway = spawn('bash', ['-c', start], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(gateway, 'close')
  let log = ''
  let noise = ''
  gateway.stdout.on('data', chunk => { log += String(chunk) })
  gateway.stderr.on('data', chunk => { noise += String(chunk) })
  t.teardown(async () => {
    if (gateway.exitCode === null && gateway.pid !== undefined) process.kill(-gateway.pid, 'SIGTERM')
    await ended
  })
  const serves = async () => gateway.exitCode !== null || await fetch(`http://${address}/healthz`).then(({ ok }) => ok, () => false)
  await until(serves, 90_000)
  t.equal(gateway.exitCode, null, log + noise)
  const lines = log.split('\n').filter(line => line.startsWith('{'))
  t.match(JSON.parse(lines.at(-1) ?? '{}'), { msg: 'the gate is open', address: `http://${address}` }, 'where no terminal is, it logs JSON')

  // One shell for all, and each block when the one before has come to its end, as a person pastes them.
  const bash = spawn('bash', [], { cwd: folder, env: { ...env, CAISSON_URL: `http://${address}` }, stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [bash.stdout, bash.stderr]) stream.on('data', chunk => { output += String(chunk) })
  for (const [index, block] of blocks.entries()) {
    bash.stdin.write(block)
    // A shell in a container reads what is typed.
    if (block.includes('setRawMode')) {
      await until(() => / [#$] /.test(output.split('\n---\n').at(-1) ?? ''), 20_000)
      bash.stdin.write('exit\n')
      await until(() => /exit 0\n$/.test(output), 20_000)
    }
    bash.stdin.write('echo ---\n')
    const done = await until(() => output.split(/^---\n/m).length > index + 1, 60_000).then(() => true, () => false)
    if (!done) t.fail(`this block did not end: ${block}\n${output}`)
  }
  bash.stdin.end('exit\n')
  await once(bash, 'close')
  t.notMatch(output, '"about:blank"', 'nothing was refused')
  t.notMatch(output, /\}---/, 'each answer ends its line')

  const outputs = output.split(/^---\n/m).slice(0, -1)
  t.equal(outputs.length, blocks.length, 'each of them was run')
  /** What the block printed that has these words. */
  const printed = (words: string) => outputs[blocks.findIndex(block => block.includes(words))]
  t.equal(printed('/auth/login'), '', 'the token is kept')
  t.match(printed('"remove": true'), /"exitCode":0,"stdout":"hello\\n"/)
  t.match(printed('"name": "clock"'), /"name":"clock","state":"running","image":"busybox"/)
  t.match(printed('text/plain'), /"type":"log".*\n[^]*\n\w{3} \w{3} [^]*"type":"log"/, 'JSON, bare lines, and what came over the WebSocket')
  t.match(printed('/auth/refresh'), /^$/)
  t.match(printed('/grants/explain'), /"allowed":/)
  t.match(printed('"blue-web", "command"'), /"name":"blue-web"/, 'what the role takes runs')
  t.match(printed('/tickets'), /"url":"\/api\/v1\/hosts\/local\/containers\/clock\/logs\?ticket=[^]*"containerExport":\{"url":"[^"]*\/export\?ticket=/)
  t.match(printed('respond-async'), /"type":"end","reason":"complete","result":\{"reference":"alpine","id":"sha256:[^]*"state":"succeeded"/)
  t.match(printed('/containers/check'), /"allowed":false,"refusals":\[(?:\{"rule":"limit:(?:privileged|cpus|bindRoots)"[^}]*\},?){3}\]/)
  t.match(printed('/audit'), /"operation":"container.remove"/)
})
