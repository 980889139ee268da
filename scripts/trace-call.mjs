// @ts-check
// What one call costs the gateway in functions, files and CPU: `container.stop` by a user who is granted it, over REST.
//
//   npm run build && node scripts/trace-call.mjs [FOLDER]     FOLDER: another checkout that is built; this one if absent
//   FILES=yes     also says each file with how often it was entered; ORDER=yes: every function, in order
//
// The trace counts every function of `dist/` that is entered, and how often a file is entered again that was left before.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './lib/api.mjs'
import { onExit, cleanUp } from './lib/cleanup.mjs'
import { Fault, run } from './lib/fault.mjs'
import { root } from './lib/setup.mjs'
import { ensureTestEngines, startTestEngines } from './lib/test-engines.mjs'

const PASSWORD = 'correct horse battery staple'
const ROUNDS = 15
const CALLS = 60

await run(main)

async function main () {
  const folder = resolve(process.argv[2] ?? root)
  await ensureTestEngines(['20.10'], () => {})
  const engines = await startTestEngines('20.10', () => {})
  onExit(() => Promise.all(engines.map(engine => engine.stop())))
  const [engine] = engines
  if (!engine) throw new Fault('no engine could be started')
  const { Id: id } = await ask(engine, 'POST', '/containers/create?name=traced', { json: { Image: engine.image, Cmd: ['true'] } })
  const path = `/hosts/local/containers/${id}/stop`
  const entered = await trace(folder, engine.url, path)
  const files = entered.map(name => name.slice(0, name.lastIndexOf(':')))
  console.log(`container.stop in ${folder}:\n${entered.length} functions entered, in ${new Set(files).size} files; ${returnsIn(files)} returns to a file that was left`)
  if (process.env.FILES) console.log([...new Set(files)].map(file => `  ${files.filter(other => other === file).length}  ${file}`).join('\n'))
  if (process.env.ORDER) console.log(entered.map(name => `    ${name}`).join('\n'))
  const gateway = await start(folder, engine.url, [])
  console.log(`${await cpuFor(gateway, path)} microseconds of CPU a call (median of ${ROUNDS} rounds of ${CALLS})`)
  await cleanUp()
}

/** @param {string} folder @param {string} host @param {string} path @returns {Promise<string[]>} */
async function trace (folder, host, path) {
  const gateway = await start(folder, host, ['--import', join(root, 'scripts/lib/trace-preload.mjs')])
  for (let warm = 0; warm < 5; warm++) await gateway.post(path)
  await sleep(1500)
  gateway.child.send('begin')
  await sleep(50)
  await gateway.post(path)
  gateway.child.send('end')
  const [entered] = await once(gateway.child, 'message')
  gateway.child.kill()
  return entered
}

/** @param {string[]} files as they were entered, one after the other */
function returnsIn (files) {
  const left = new Set()
  return files.filter((file, at) => {
    const before = files[at - 1]
    if (before !== undefined && before !== file) left.add(before)
    return before !== file && left.has(file)
  }).length
}

/**
 * A gateway with a user who has the role developer on its host.
 * @param {string} folder
 * @param {string} host
 * @param {string[]} args of node
 */
async function start (folder, host, args) {
  const dataDir = mkdtempSync(join(tmpdir(), 'caisson-trace-'))
  const port = 18_900 + Math.floor(Math.random() * 90)
  const env = { ...process.env, CAISSON_DATA_DIR: dataDir, CAISSON_HOSTS: `local=${host}`, CAISSON_LISTEN: `127.0.0.1:${port}`, CAISSON_ADMIN_PASSWORD: PASSWORD, CAISSON_LOG_LEVEL: 'warn', CAISSON_RATE_PER_USER: '0', CAISSON_RATE_PER_ADDRESS: '0' }
  const child = spawn(process.execPath, [...args, join(folder, 'dist/server.js')], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  onExit(async () => { child.kill(); rmSync(dataDir, { recursive: true, force: true }) })
  const base = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 300 && !await fetch(`${base}/healthz`).then(() => true, () => false); tries++) await sleep(100)
  const send = async (/** @type {string} */ path, /** @type {object | undefined} */ body, /** @type {string} */ token) => {
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch(`${base}/api/v1${path}`, { method: 'POST', headers, body: body && JSON.stringify(body) })
    const text = await answer.text()
    if (!answer.ok) throw new Fault(`${path} was answered ${answer.status}: ${text}`)
    return text === '' ? {} : JSON.parse(text)
  }
  const admin = (await send('/auth/login', { username: 'admin', password: PASSWORD }, '')).accessToken
  await send('/users', { username: 'ann', password: PASSWORD }, admin)
  await send('/grants', { user: 'ann', role: 'developer', hosts: ['local'] }, admin)
  const ann = (await send('/auth/login', { username: 'ann', password: PASSWORD }, '')).accessToken
  return { child, post: (/** @type {string} */ path) => send(path, undefined, ann) }
}

/** Processor time in milliseconds, of all its threads. @param {number} pid */
function cpuOf (pid) {
  const [, rest = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** @param {Awaited<ReturnType<typeof start>>} gateway @param {string} path */
async function cpuFor ({ child, post }, path) {
  const rounds = []
  for (let round = -3; round < ROUNDS; round++) {
    const before = cpuOf(child.pid ?? 0)
    for (let call = 0; call < CALLS; call++) await post(path)
    if (round >= 0) rounds.push((cpuOf(child.pid ?? 0) - before) * 1000 / CALLS)
  }
  return Math.round(rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0)
}
