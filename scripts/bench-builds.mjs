// @ts-check
// Two builds of the gateway before one engine, in turns: what a call costs here, beside what it costs in another checkout.
//
//   node scripts/bench-builds.mjs FOLDER     a checkout that is built, such as a worktree of an earlier commit
//   ENCODING=br     what clients accept; none where nothing is said. ROWS=120: how many containers are listed
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ask } from './lib/api.mjs'
import { cleanUp, onExit } from './lib/cleanup.mjs'
import { Fault, run } from './lib/fault.mjs'
import { root } from './lib/setup.mjs'
import { ensureTestEngines, startTestEngines } from './lib/test-engines.mjs'

const ROUNDS = 12
const ROWS = Number(process.env.ROWS ?? 30)
const PASSWORD = 'correct horse battery staple'

await run(main)

async function main () {
  const other = process.argv[2]
  if (!other) throw new Fault('Name the other checkout: node scripts/bench-builds.mjs FOLDER')
  await ensureTestEngines(['20.10'], () => {})
  const [engine, second] = await startTestEngines('20.10', () => {})
  onExit(() => Promise.all([engine?.stop(), second?.stop()]))
  if (!engine) throw new Fault('no engine could be started')
  const ids = await Promise.all(Array.from({ length: ROWS }, async (_, at) => (await ask(engine, 'POST', `/containers/create?name=bench${at}`, { json: { Image: engine.image, Cmd: ['true'] } })).Id))
  const [here, there] = [await start(root, engine.url, 18901), await start(resolve(other), engine.url, 18902)]
  console.log('| call | p50 here (ms) | p50 there (ms) | ratio | CPU here (ms) | CPU there (ms) | ratio |\n| --- | --- | --- | --- | --- | --- | --- |')
  await compare('container.inspect', 150, gateway => gateway.call('GET', `/hosts/local/containers/${ids[0]}`), here, there)
  await compare(`container.list, ${ROWS} rows`, 60, gateway => gateway.call('GET', '/hosts/local/containers?all=true'), here, there)
  await compare('container.rename', 30, gateway => gateway.call('POST', `/hosts/local/containers/${ids[1]}/rename`, { name: `n${Math.random().toString(36).slice(2)}` }), here, there)
  await compare('container.stop, by a grant', 60, gateway => gateway.asAnn('POST', `/hosts/local/containers/${ids[2]}/stop`), here, there)
  await cleanUp()
}

/** @typedef {Awaited<ReturnType<typeof start>>} Gateway */

/**
 * @param {string} folder
 * @param {string} host
 * @param {number} port
 */
async function start (folder, host, port) {
  const dataDir = mkdtempSync(join(tmpdir(), 'caisson-bench-'))
  const env = { ...process.env, CAISSON_DATA_DIR: dataDir, CAISSON_HOSTS: `local=${host}`, CAISSON_LISTEN: `127.0.0.1:${port}`, CAISSON_ADMIN_PASSWORD: PASSWORD, CAISSON_LOG_LEVEL: 'warn', CAISSON_RATE_PER_USER: '0', CAISSON_RATE_PER_ADDRESS: '0' }
  const child = spawn(process.execPath, [join(folder, 'dist/server.js')], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
  onExit(() => { child.kill(); rmSync(dataDir, { recursive: true, force: true }) })
  const base = `http://127.0.0.1:${port}/api/v1`
  for (let tries = 0; tries < 100 && !await fetch(`http://127.0.0.1:${port}/healthz`).then(() => true, () => false); tries++) await new Promise(resolve => setTimeout(resolve, 100))
  const call = clientOf(base, await signIn(base, 'admin'))
  await call('POST', '/users', { username: 'ann', password: PASSWORD })
  await call('POST', '/grants', { user: 'ann', role: 'developer', hosts: ['local'] })
  return { pid: child.pid ?? 0, call, asAnn: clientOf(base, await signIn(base, 'ann')) }
}

/** @param {string} base @param {string} username @returns {Promise<string>} an access token */
async function signIn (base, username) {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: PASSWORD }) }
  const { accessToken } = /** @type {{ accessToken: string }} */ (await (await fetch(`${base}/auth/login`, request)).json())
  return accessToken
}

/** @param {string} base @param {string} token @returns {(method: string, path: string, body?: object) => Promise<void>} */
function clientOf (base, token) {
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': process.env.ENCODING ?? 'identity' }
  return async (method, path, body) => {
    for (;;) {
      const sent = body && { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const answer = await fetch(base + path, { method, headers, ...sent })
      await answer.arrayBuffer()
      if (answer.status === 429) await new Promise(resolve => setTimeout(resolve, 1000))
      else if (answer.ok) return
      else throw new Fault(`${method} ${path} was answered ${answer.status}`)
    }
  }
}

/** Processor time in milliseconds, of all its threads. @param {number} pid */
function cpuOf (pid) {
  const [, rest = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** @param {number[]} values */
function median (values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/**
 * @param {string} name
 * @param {number} calls in a round
 * @param {(gateway: Gateway) => Promise<void>} work
 * @param {Gateway} here
 * @param {Gateway} there
 */
async function compare (name, calls, work, here, there) {
  const sides = [here, there].map(gateway => ({ gateway, times: /** @type {number[]} */ ([]), cpu: /** @type {number[]} */ ([]) }))
  for (let round = -2; round < ROUNDS; round++) {
    for (const { gateway, times, cpu } of round % 2 === 0 ? sides : sides.toReversed()) {
      const before = cpuOf(gateway.pid)
      for (let call = 0; call < calls; call++) {
        const begun = performance.now()
        await work(gateway)
        if (round >= 0) times.push(performance.now() - begun)
      }
      if (round >= 0) cpu.push((cpuOf(gateway.pid) - before) / calls)
    }
  }
  const [a = [], b = []] = sides.map(({ times, cpu }) => [median(times), median(cpu)])
  const cells = [0, 1].flatMap(at => [(a[at] ?? 0).toFixed(2), (b[at] ?? 0).toFixed(2), ((a[at] ?? 0) / (b[at] ?? 1)).toFixed(2)])
  console.log(`| ${[name, ...cells].join(' | ')} |`)
}
