import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { which } from '../scripts/lib/command.mjs'
import { until } from '../scripts/lib/processes.mjs'
import { root } from '../scripts/lib/setup.mjs'
import { settings } from '../src/config.js'
import { ADMIN_PASSWORD } from './support/gateway.js'
import { startGatewayProcess } from './support/gateway-process.js'
import { Client } from './support/client.js'

const server = join(root, 'dist/server.js')
const skip = existsSync(server) ? which('script') === undefined && 'no script(1) to make a terminal' : 'not built'

t.test('on a terminal a readable line per event; without an engine it starts all the same and says so', { skip }, async t => {
  const env = { ...process.env, CAISSON_HOSTS: 'local=unix:///nowhere/docker.sock', CAISSON_DATA_DIR: t.testdir({}), CAISSON_ADMIN_PASSWORD: ADMIN_PASSWORD, CAISSON_LISTEN: '127.0.0.1:0' }
  const terminal = spawn('script', ['-qec', `exec ${process.execPath} ${server}`, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(terminal, 'close')
  let shown = ''
  terminal.stdout.on('data', chunk => { shown += String(chunk) })
  const lines = () => stripVTControlCharacters(shown).split(/\r?\n/).filter(line => line !== '')
  t.ok(await until(() => lines().some(line => line.includes('the gateway is listening')), 30_000), shown)
  const opened = lines().find(line => line.includes('the gateway is listening')) ?? ''
  t.match(opened, /^\[\d\d:\d\d:\d\d\] INFO: the gateway is listening \{"address":"http:\/\/127\.0\.0\.1:\d+","hosts":\["local"\],"dataDir":".*"\}$/)

  t.ok(await until(() => / WARN: the engine of local does not answer: there is no such socket: start the engine, or name its address in CAISSON_HOSTS \{.*"url":"unix:\/\/\/nowhere/.test(lines().join('\n')), 10_000), shown)

  const url = /"address":"([^"]+)"/.exec(opened)?.[1] ?? ''
  const admin = await new Client(url).signIn('admin', ADMIN_PASSWORD)
  const ready = await fetch(`${url}/readyz`, { headers: admin.headers })
  t.equal(ready.status, 200, 'an engine is no reason not to be ready')
  t.match(await ready.json(), { status: 'ok', hosts: [{ host: 'local', status: 'host-unreachable' }] })
  t.match(await admin.get('/hosts/local/containers'), { status: 503, body: { code: 'host-unreachable' } })
  t.match((await admin.get('/hosts')).body, { items: [{ name: 'local', reachable: false }] })

  t.notMatch(shown, 'readyz', 'who watches it writes no log')
  // As Ctrl-C does it.
  terminal.stdin.write('\x03')
  const [code] = await ended
  t.match(shown, 'shutting down')
  t.equal(code, 0, shown)
})

interface Ran { readonly code: number | null, readonly output: string }

async function serverWith (args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [server, ...args], { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { output += String(chunk) })
  const [code] = await once(child, 'close') as [number | null]
  return { code, output }
}

t.test('what is asked on the command line', { skip }, async t => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  t.same(await serverWith(['--version'], { CAISSON_LISTEN: 'wrong' }), { code: 0, output: `${version}\n` })
  const { code, output } = await serverWith(['--help'])
  t.equal(code, 0)
  for (const name of Object.keys(settings)) t.match(output, name)
  t.match(output, 'CAISSON_LISTEN [127.0.0.1:8080]')
  t.match(await serverWith(['--prot=80']), { code: 64, output: /^caisson: "--prot=80" is not an option; the options are --help and --version[^\n]*\n$/ })
})

t.test('a data directory that can be none', { skip }, async t => {
  const folder = t.testdir({ file: '' })
  for (const dataDir of ['file', 'file/below']) {
    const { code, output } = await serverWith([], { CAISSON_DATA_DIR: join(folder, dataDir), CAISSON_LISTEN: '127.0.0.1:0' })
    t.equal(code, 78)
    t.match(output, new RegExp(`^caisson: CAISSON_DATA_DIR: got ".*${dataDir}", takes a directory that the gateway may make, or read and write: .*(?:there is a|path is a) file[^\\n]*\\n$`))
  }
})

t.test('a second gateway does not start on the same data directory or store, however the first one ended', { skip }, async t => {
  const [dataDir, other] = [t.testdir({ one: {}, two: {} })].flatMap(folder => [join(folder, 'one'), join(folder, 'two')]) as [string, string]
  const hosts = 'local=unix:///nowhere/docker.sock'
  const { child } = await startGatewayProcess(t, { dataDir, hosts })
  const second = async (environment: Record<string, string>) => await serverWith([], { CAISSON_LISTEN: '127.0.0.1:0', CAISSON_HOSTS: hosts, ...environment })
  const taken = { code: 78, output: /^caisson: another gateway runs on .*one: end it first, or give this one a CAISSON_DATA_DIR of its own\n$/ }
  t.match(await second({ CAISSON_DATA_DIR: dataDir }), taken)
  t.match(await second({ CAISSON_DATA_DIR: other, CAISSON_DATABASE_URL: `sqlite:${dataDir}/caisson.db` }), taken)
  const killed = once(child, 'exit')
  child.kill('SIGKILL')
  await killed
  const again = await startGatewayProcess(t, { dataDir, hosts })
  t.match(await again.admin.get('/hosts'), { status: 200 }, 'a lock that nobody holds any more is none')
})
