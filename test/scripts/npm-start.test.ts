import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { which } from '../../scripts/lib/command.mjs'
import { isAlive, until } from '../../scripts/lib/processes.mjs'
import { root } from '../../scripts/lib/setup.mjs'
import { noteBuild } from '../../scripts/lib/sources.mjs'
import { engines } from '../support/engines.js'

interface Run { readonly child: ChildProcess, readonly ended: Promise<unknown[]>, text (): string }

/** The real npm, with the shell that it is to run scripts in. */
function npm (t: Test, cwd: string, script: string, { shell = 'dash', environment = {} }: { shell?: string, environment?: Record<string, string> } = {}): Run {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, CAISSON_LISTEN: '127.0.0.1:0', npm_config_script_shell: which(shell), ...environment }
  const child = spawn('npm', ['run', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => { child.kill('SIGKILL') })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { text += String(chunk) })
  return { child, ended: once(child, 'exit'), text: () => text }
}

/** A checkout that is built in a moment: scripts and settings as they are, and a server of a few lines. */
function smallCheckout (t: Test): string {
  const folder = t.testdir({ src: { 'server.ts': serverSaying('first') }, dist: {} })
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts']) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

const serverSaying = (word: string) => `process.stdout.write('this is the ${word} server\\n')\n`

t.test('SIGTERM to npm start ends the gateway as well, in any shell', async t => {
  for (const shell of ['dash', 'bash']) {
    const run = npm(t, root, 'start', { shell, environment: { CAISSON_DATA_DIR: t.testdir({}), CAISSON_HOSTS: `local=${engines[0]?.url ?? ''}` } })
    t.ok(await until(() => run.text().includes('the gateway is listening'), 60_000), run.text())
    const pid = Number(/"pid":(\d+)/.exec(run.text())?.[1])
    t.ok(isAlive(pid))
    run.child.kill('SIGTERM')
    await run.ended
    t.ok(await until(() => !isAlive(pid), 10_000), `${shell}: it is gone`)
    t.match(run.text(), '"msg":"shutting down"', `${shell}: and had the time to say goodbye`)
  }
})

t.test('nor does it stay when npm is killed', async t => {
  const run = npm(t, root, 'start', { environment: { CAISSON_DATA_DIR: t.testdir({}), CAISSON_HOSTS: `local=${engines[0]?.url ?? ''}` } })
  t.ok(await until(() => run.text().includes('the gateway is listening'), 60_000), run.text())
  const pid = Number(/"pid":(\d+)/.exec(run.text())?.[1])
  run.child.kill('SIGKILL')
  await run.ended
  t.ok(await until(() => !isAlive(pid), 15_000))
})

t.test('SIGTERM to npm run demo ends it, its gateway and its container', async t => {
  const [engine] = engines
  if (engine === undefined) throw new Error('no engine')
  const folder = t.testdir({})
  for (const name of ['package.json', 'package-lock.json', 'scripts', 'dist', 'examples']) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const text = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...text, scripts: { demo: `${text.scripts.demo} --no-build` } }))
  const run = npm(t, folder, 'demo', { environment: { DOCKER_HOST: engine.url, CAISSON_LISTEN: '' } })
  t.ok(await until(() => run.text().includes('In a browser'), 90_000), run.text())
  const address = /serving at (\S+)/.exec(run.text())?.[1] ?? ''
  t.equal((await fetch(`${address}/healthz`)).status, 200)
  run.child.kill('SIGTERM')
  await run.ended
  t.ok(await until(async () => await fetch(`${address}/healthz`).then(() => false, () => true), 30_000), 'nobody serves there any more')
})

t.test('npm start builds again where dist was built of other sources', async t => {
  const folder = smallCheckout(t)
  const start = async () => {
    const run = npm(t, folder, 'start')
    await run.ended
    return run.text()
  }
  mkdirSync(join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'dist/server.js'), serverSaying('old'))
  t.match(await start(), /dist was built of other sources[^]*- building[^]*this is the first server/, 'a build that says nothing of its sources')
  const second = await start()
  t.match(second, 'this is the first server')
  t.notMatch(second, 'building', 'what is as it was is not built')
  writeFileSync(join(folder, 'src/server.ts'), serverSaying('second'))
  t.match(await start(), /dist was built of other sources[^]*- building[^]*this is the second server/, 'as after git pull')
  noteBuild(folder)
  t.notMatch(await start(), 'building')
})
