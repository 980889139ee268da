import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { answers, ask, call } from '../../scripts/lib/api.mjs'
import { ensurePackages, isRoot } from '../../scripts/lib/debian.mjs'
import { until } from '../../scripts/lib/processes.mjs'
import { dependenciesMatch, root } from '../../scripts/lib/setup.mjs'
import { noCounts, runFile } from '../../scripts/lib/tap.mjs'
import { privateEngine } from '../support/engines.js'

t.test('an engine survives a power cut with what it had, and leaves nothing when it is stopped', async t => {
  const engine = await privateEngine(t)
  const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: engine.image, Cmd: ['sleep', '1000'] } })
  await ask(engine, 'POST', `/containers/${id}/start`)
  await engine.kill()
  t.notOk(await answers(engine))
  await engine.restart()
  t.equal((await ask(engine, 'GET', `/containers/${id}/json`)).State.Status, 'exited')
  await engine.pause()
  await t.rejects(call(engine, 'GET', '/_ping', { timeoutMs: 200 }), /no answer/)
  await engine.resume()
  t.ok(await answers(engine))
  await engine.stop()
  t.notOk(existsSync(engine.folder))
  t.notMatch(readFileSync('/proc/mounts', 'utf8'), engine.folder)
})

t.test('an engine ends with the process that started it, even one that is killed', { skip: isRoot() ? false : 'needs root' }, async t => {
  const source = "const { startEngine } = await import('./scripts/lib/engine.mjs'); console.log((await startEngine()).folder); setInterval(() => {}, 1000)"
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = await once(child.stdout, 'data')
  const folder = String(chunk).trim()
  t.ok(existsSync(folder))
  child.kill('SIGKILL')
  t.ok(await until(() => !existsSync(folder), 20_000), 'its folder goes')
})

t.test('the runner counts assertions, and whatever else goes wrong with a file as a failure', async t => {
  const folder = t.testdir({
    'good.mjs': "import t from 'tap'\nt.test('a', async t => { t.ok(1); t.test('b', async t => { t.ok(1) }) })\nt.test('later', { todo: true })",
    'bad.mjs': "import t from 'tap'\nt.test('a', async t => { t.ok(1); t.equal(1, 2, 'one is two') })",
    'crash.mjs': "import t from 'tap'\nt.pass()\nsetTimeout(() => process.kill(process.pid, 'SIGKILL'), 10)\nawait new Promise(resolve => setTimeout(resolve, 1000))",
    'hang.mjs': "import t from 'tap'\nt.test('hangs', async () => { setInterval(() => {}, 100); await new Promise(() => {}) })",
    'none.mjs': 'export {}'
  })
  const run = (file: string, timeoutMs = 60_000) => runFile(join(folder, file), { timeoutMs, env: process.env })
  t.match(await run('good.mjs'), { counts: { ...noCounts(), passed: 2, skipped: 1 }, failures: [] })
  t.match(await run('bad.mjs'), { counts: { ...noCounts(), passed: 1, failed: 1 }, failures: [{ name: /one is two/ }] })
  t.match(await run('crash.mjs'), { counts: { failed: 1 }, failures: [{ name: /ended by SIGKILL/ }] })
  t.match(await run('hang.mjs', 4000), { counts: { failed: 1 }, failures: [{ name: /hangs/ }] })
  t.match(await run('none.mjs'), { counts: { failed: 1 }, failures: [{ name: /no test in this file/ }] })
})

t.test('dependencies are compared by content', async t => {
  const folder = t.testdir()
  const write = (file: string, packages: object) => writeFileSync(join(folder, file), JSON.stringify({ packages }))
  const wanted = { '': { name: 'x' }, 'node_modules/a': { version: '1.0.0', integrity: 'i' }, 'node_modules/b': { version: '2.0.0', optional: true } }
  write('package-lock.json', wanted)
  t.notOk(dependenciesMatch(folder), 'nothing is installed')
  mkdirSync(join(folder, 'node_modules'))
  write('node_modules/.package-lock.json', { 'node_modules/a': wanted['node_modules/a'] })
  t.ok(dependenciesMatch(folder), 'an optional one may be missing')
  write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.1' } })
  t.notOk(dependenciesMatch(folder), 'another version')
  rmSync(join(folder, 'node_modules'), { recursive: true })
})

t.test('what is missing and cannot be installed is one line', { skip: isRoot() ? 'root would install it' : false }, async t => {
  await t.rejects(ensurePackages([{ package: 'nothing', there: () => false, why: 'is for nothing' }]), /^Missing on this machine: nothing \(is for nothing\)/)
})
