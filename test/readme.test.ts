import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { marked, type Token, type Tokens } from 'marked'
import t, { type Test } from 'tap'
import { ask } from '../scripts/lib/api.mjs'
import { GUIDES } from '../scripts/lib/pages/list.mjs'
import { root } from '../scripts/lib/setup.mjs'
import { until } from '../scripts/lib/processes.mjs'
import { privateEngine } from './support/engines.js'
import { startRegistry } from './support/registry.js'

/** Blocks that say `sh not-run=CLASS`: each class with why it is not run here. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'two-commands': '`npm test` is what runs this, and test/scripts/demo.test.ts runs the demo',
  production: '`npm ci` would take away the packages that the suite runs from; npm-start.test.ts builds and starts',
  compose: 'builds an image from Node\'s on Docker Hub; test/compose.test.ts holds both files against the settings',
  domain: 'takes a certificate of a real domain and a port below 1024; the next block serves HTTPS with one of its own',
  'other-hosts': 'takes a second machine that can be reached by ssh; test/docker/hosts.test.ts has several hosts',
  bench: 'takes minutes, and all of the machine'
}

/** What no clone has. What the suite has built is taken along: to build it again costs more than the rest of this. */
const OWN = new Set(['.git', 'node_modules', 'data', '.tap'])

interface Block { readonly file: string, readonly text: string }
interface Place { readonly cwd: string, readonly env: NodeJS.ProcessEnv }
interface Run extends Block { readonly output: string }

const codeOf = (file: string): Tokens.Code[] => {
  const codes: Tokens.Code[] = []
  marked.walkTokens(marked.lexer(readFileSync(join(root, file), 'utf8')), (token: Token) => {
    if (token.type === 'code') codes.push(token as Tokens.Code)
  })
  return codes
}

/** The commands of a page, in order. */
const blocksOf = (file: string): Block[] =>
  codeOf(file).filter(({ lang }) => lang === 'sh').map(({ text }) => ({ file, text: `${text}\n` }))

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

function clone (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-clone-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  cpSync(root, folder, { recursive: true, filter: path => !OWN.has(relative(root, path).split('/')[0] ?? '') })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** The gateway, started as the README says. */
async function startGateway (t: Test, start: string, options: Place, address: string): Promise<void> {
  const gateway = spawn('bash', ['-c', start], { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(gateway, 'close')
  let log = ''
  let noise = ''
  gateway.stdout.on('data', chunk => { log += String(chunk) })
  gateway.stderr.on('data', chunk => { noise += String(chunk) })
  t.teardown(async () => {
    if (gateway.exitCode === null && gateway.pid !== undefined) process.kill(-gateway.pid, 'SIGTERM')
    await ended
  })
  const lives = async () => await fetch(`http://${address}/healthz`).then(({ ok }) => ok, () => false)
  await until(async () => gateway.exitCode !== null || await lives(), 90_000)
  t.equal(gateway.exitCode, null, log + noise)
  const lines = log.split('\n').filter(line => line.startsWith('{'))
  const open = { msg: 'the gateway is listening', address: `http://${address}` }
  t.match(JSON.parse(lines.at(-1) ?? '{}'), open, 'where no terminal is, it logs JSON')
}

/** One shell for all, and each block when the one before has come to its end, as a person pastes them. */
async function paste (t: Test, blocks: readonly Block[], options: Place): Promise<Run[]> {
  const bash = spawn('bash', [], { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [bash.stdout, bash.stderr]) stream.on('data', chunk => { output += String(chunk) })
  for (const [index, { file, text }] of blocks.entries()) {
    bash.stdin.write(text)
    // A shell in a container reads what is typed.
    if (text.includes('setRawMode')) {
      await until(() => / [#$] /.test(output.split('\n---\n').at(-1) ?? ''), 20_000)
      bash.stdin.write('exit\n')
      await until(() => /exit 0\n$/.test(output), 20_000)
    }
    bash.stdin.write('echo ---\n')
    const done = await until(() => output.split(/^---\n/m).length > index + 1, 60_000).then(() => true, () => false)
    if (!done) t.fail(`${file}: this block did not end: ${text}\n${output}`)
  }
  bash.stdin.end('exit\n')
  await once(bash, 'close')
  t.notMatch(output, /\}---/, 'each answer ends its line')
  const outputs = output.split(/^---\n/m).slice(0, -1)
  t.equal(outputs.length, blocks.length, 'each of them was run')
  return blocks.map((block, index) => ({ ...block, output: outputs[index] ?? '' }))
}

t.test('every block of a page is run, drawn, or of a class that says why not', async t => {
  const seen = new Set<string>()
  for (const { file } of GUIDES) {
    for (const { lang = 'indented', text } of codeOf(file)) {
      const [, left] = /^sh not-run=([\w-]+)$/.exec(lang) ?? []
      if (left !== undefined) seen.add(left)
      const isKnown = left === undefined ? ['sh', 'mermaid'].includes(lang) : left in NOT_RUN
      t.ok(isKnown, `${file}: ${lang}: ${text.split('\n')[0] ?? ''}`)
    }
  }
  t.same([...seen].sort(), Object.keys(NOT_RUN).sort(), 'no class is left over')
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n').length
  t.ok(lines <= 130, `the README is one page: ${lines} lines`)
})

t.test('every command of README and docs/, in a clone', async t => {
  const engine = await privateEngine(t, { flags: ['--registry-mirror=http://127.0.0.1:5000'] })
  await startRegistry(t, engine, ['localhost:5000/library/busybox:latest', 'localhost:5000/library/alpine:latest'])
  const folder = clone(t)
  const [address, secure] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
  const here = ({ file, text }: Block): Block =>
    ({ file, text: text.replaceAll('127.0.0.1:8080', address).replaceAll('127.0.0.1:8443', secure) })
  const [start, ...first] = blocksOf('README.md').map(here)
  t.equal(start?.text, 'npm start\n')
  t.ok(first.length > 3, `${first.length} more`)
  const env = { ...process.env, DOCKER_HOST: engine.url, CAISSON_LISTEN: address }
  await startGateway(t, 'npm start', { cwd: folder, env }, address)

  const containers = async () =>
    (await ask(engine, 'GET', '/containers/json?all=true')).map(({ Names }: { Names: string[] }) => Names[0])
  const shell = { cwd: folder, env: { ...env, CAISSON_URL: `http://${address}` } }
  const runs = await paste(t, first, shell)
  const signIn = first.filter(({ text }) => text.includes('/auth/login'))
  t.equal(signIn.length, 1, 'what the pages begin with')
  // Each page in a shell of its own: no page needs another, but for the sign-in that it links to.
  for (const { file } of GUIDES.slice(1)) {
    const blocks = blocksOf(file).map(here)
    if (blocks.length > 0) runs.push(...(await paste(t, [...signIn, ...blocks], shell)).slice(1))
    t.same(await containers(), [], `${file} leaves nothing behind`)
  }

  for (const { file, text, output } of runs) {
    // One shows what a problem looks like.
    if (text.includes('nothing-here')) t.match(output, /"status":404,.*"code":"not-found"/)
    else t.notMatch(output, '"about:blank"', `${file}: nothing was refused: ${text.split('\n')[0] ?? ''}`)
    t.notMatch(output, /command not found|^curl: \(\d/m, file)
  }
  /** What the block printed that has these words. */
  const printed = (words: string) => runs.find(({ text }) => text.includes(words))?.output
  t.equal(printed('/auth/login'), '', 'the token is kept')
  t.match(printed('"remove": true'), /"exitCode":0,"stdout":"hello\\n"/)
  t.match(printed('"name": "hello"'), /"name":"hello","state":"running","image":"busybox"/)
  t.match(printed('/audit?limit=5'), /"operation":"container.remove"/)
  t.match(printed('--help'), /CAISSON_LISTEN[^]*\n\d+\.\d+\.\d+\n/)
  t.match(printed('https://'), /^\{"status":"ok"\}\n2\n/m, 'HTTPS, and HTTP/2')
  t.match(printed('/hosts/local/version'), /"name":"local"[^]*"apiVersion"/)
  t.match(printed('images/build'), /"type":"end".*"sha256:[^]*"stdout":"built here\\n"/)
  t.match(printed('tvf'), /package\.json/)
  t.match(printed('?reference=alpine'), /"alpine:latest"/)
  const threeForms = /"type":"log".*\n[^]*\n\w{3} \w{3} [^]*"type":"log"/
  t.match(printed('text/plain'), threeForms, 'JSON, bare lines, and what came over the WebSocket')
  t.match(printed('/events?kind='), /"action":"start"/)
  t.match(printed('/stats?stream=false'), /"type":"end"/)
  t.match(printed('setRawMode'), /exit 0/)
  t.match(printed('/auth/refresh'), /^$/)
  t.match(printed('/grants/explain'), /"allowed":/)
  t.match(printed('"blue-web", "command"'), /"name":"blue-web"/, 'what the role takes runs')
  t.match(printed('/tickets'), /"url":"\/api\/v1\/hosts\/local\/containers\/clock\/logs\?ticket=/)
  t.match(printed('/tickets'), /"containerExport":\{"url":"[^"]*\/export\?ticket=/)
  const pulled = /"type":"end","reason":"complete","result":\{"reference":"alpine","id":"sha256:[^]*"state":"succeeded"/
  t.match(printed('respond-async'), pulled)
  t.match(printed('Idempotency-Key'), /^(.*)\n\1\n$/, 'made once, answered twice')
  const three = /"allowed":false,"refusals":\[(?:\{"rule":"limit:(?:privileged|cpus|bindRoots)"[^}]*\},?){3}\]/
  t.match(printed('/containers/check'), three)
  t.match(printed('grep host_up'), /^caisson_host_up\{host="local"\} 1$/m)
  t.match(printed('audit:verify'), /the journal is whole: \d+ lines/)
})
