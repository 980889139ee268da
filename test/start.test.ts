import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { which } from '../scripts/lib/command.mjs'
import { until } from '../scripts/lib/processes.mjs'
import { root } from '../scripts/lib/setup.mjs'
import { ADMIN_PASSWORD } from './support/gateway.js'
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
  t.ok(await until(() => lines().some(line => line.includes('the gate is open')), 30_000), shown)
  t.match(lines().at(-1), /^\[\d\d:\d\d:\d\d\] INFO: the gate is open \{"address":"http:\/\/127\.0\.0\.1:\d+","hosts":\["local"\],"dataDir":".*"\}$/)

  const url = /"address":"([^"]+)"/.exec(lines().at(-1) ?? '')?.[1] ?? ''
  const admin = await new Client(url).signIn('admin', ADMIN_PASSWORD)
  const ready = await fetch(`${url}/readyz`, { headers: admin.headers })
  t.equal(ready.status, 200, 'an engine is no reason not to be ready')
  t.match(await ready.json(), { status: 'ok', hosts: [{ host: 'local', status: 'host-unreachable' }] })
  t.match(await admin.get('/hosts/local/containers'), { status: 503, body: { code: 'host-unreachable' } })
  t.match((await admin.get('/hosts')).body, { items: [{ name: 'local', reachable: false }] })

  // As Ctrl-C does it.
  terminal.stdin.write('\x03')
  const [code] = await ended
  t.match(shown, 'shutting down')
  t.equal(code, 0, shown)
})
