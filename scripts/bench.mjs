// npm run bench: the gateway beside the direct call to the engine, in one run. Prints a Markdown table.
//   --short   without the gibibytes
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './lib/api.mjs'
import { decisions, labelledLists } from './lib/bench-access.mjs'
import { echoes } from './lib/bench-channels.mjs'
import { pulls } from './lib/bench-jobs.mjs'
import { callsOf, lists } from './lib/bench-lists.mjs'
import { repeatsRow } from './lib/bench-repeats.mjs'
import { transferRows } from './lib/bench-transfers.mjs'
import { cleanUp, onExit } from './lib/cleanup.mjs'
import { npm } from './lib/command.mjs'
import { run } from './lib/fault.mjs'
import { ensureDependencies, root } from './lib/setup.mjs'
import { startTestEngines } from './lib/test-engines.mjs'

const PORT = 18_080
const PASSWORD = 'correct horse battery bench'
const agent = new Agent({ keepAlive: true })

await run(main, cleanUp)

async function main () {
  const say = (/** @type {string} */ text) => console.error(`- ${text}`)
  await ensureDependencies(say)
  await npm(['run', '--silent', 'build'], { cwd: root })
  const engines = await startTestEngines(say)
  onExit(() => Promise.all(engines.map(engine => engine.stop())))
  const [engine] = engines
  const { firstMs, pid } = await startGateway(engine.url)
  await sleep(3000)
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

  const { Id: id } = await ask(engine, 'POST', '/containers/create?name=bench', { json: { Image: engine.image, Cmd: ['sleep', '600'] } })
  await ask(engine, 'POST', `/containers/${id}/start`)
  const signIn = async (/** @type {string} */ username, /** @type {string} */ password) =>
    JSON.parse((await send(gate('POST', '/auth/login'), { username, password })).text).accessToken
  const as = (/** @type {string} */ token) => (/** @type {string} */ method, /** @type {string} */ path, /** @type {object | undefined} */ body = undefined, /** @type {Record<string, string>} */ headers = {}) => send(gate(method, path, token, headers), body)
  const accessToken = await signIn('admin', PASSWORD)
  const gateway = as(accessToken)
  const direct = (/** @type {string} */ method, /** @type {string} */ path) => send({ socketPath: engine.socketPath, method, path, agent })

  const inspect = await compare(1000, 100, () => gateway('GET', `/hosts/local/containers/${id}`), () => direct('GET', `/containers/${id}/json`))
  const stopStart = await compare(20, 2, async () => {
    await gateway('POST', `/hosts/local/containers/${id}/stop`, { timeoutSeconds: 0 })
    await gateway('POST', `/hosts/local/containers/${id}/start`)
  }, async () => {
    await direct('POST', `/containers/${id}/stop?t=0`)
    await direct('POST', `/containers/${id}/start`)
  })
  const [withJob, without] = await pulls(engine, gateway)
  const job = await compare(200, 20, withJob, without)
  const { decisions: decided, reads } = await decisions()
  const [asUser, asAdmin] = await labelledLists(engine, gateway, async (username, password) => as(await signIn(username, password)))
  const labelled = await compare(20, 2, asUser, asAdmin)
  const [throughGateway, straight] = await echoes(engine, { port: PORT, token: accessToken })
  const echo = await compare(2000, 200, () => throughGateway('a line to be echoed\n'), () => straight('a line to be echoed\n'))
  const bare = (/** @type {string} */ method, /** @type {string} */ path, /** @type {object | undefined} */ body = undefined) => send({ port: PORT, method, path, agent, headers: { authorization: `Bearer ${accessToken}` } }, body)
  const [graph, rest] = await lists(engine, gateway, bare)
  const list = await compare(50, 5, graph, rest)
  const listCalls = await callsOf(bare, graph)
  const repeats = await repeatsRow(gateway, async () => (await bare('GET', '/metrics')).text, engine.image)
  const transfers = process.argv.includes('--short') ? [] : await transferRows({ engine, port: PORT, token: accessToken, pid: pid ?? 0 })
  console.log([
    '| what | gateway | direct | ratio | RSS |', '| --- | --- | --- | --- | --- |',
    `| start to first answer (ms) | ${firstMs.toFixed(0)} | | | |`, `| idle RSS (MiB) | ${rss.toFixed(0)} | | | |`,
    ...rows('container.inspect', inspect), ...rows('stop and start', stopStart), ...rows('an echo through attach', echo),
    ...rows('a pull as a job, beside the gateway without:', job),
    ...figures('a decision among 1,000 grants', decided), ...figures('reading 1,000 grants', reads), ...rows('a list of 1,000 by a label grant, beside an admin\'s:', labelled),
    ...rows('a list of 200 containers by GraphQL with image, networks and ports, beside REST:', list),
    `| calls to the engine for its three lists | ${listCalls} | | | |`, repeats, ...transfers
  ].join('\n'))
  await cleanUp()
  return 0
}

/** @param {string} url of the engine */
async function startGateway (url) {
  const dataDir = mkdtempSync(join(tmpdir(), 'caisson-bench-'))
  onExit(async () => rmSync(dataDir, { recursive: true, force: true }))
  const env = { ...process.env, CAISSON_DATA_DIR: dataDir, CAISSON_HOSTS: `local=${url}`, CAISSON_ADMIN_PASSWORD: PASSWORD, CAISSON_LISTEN: `127.0.0.1:${PORT}`, CAISSON_LOG_LEVEL: 'warn' }
  const begun = performance.now()
  const child = spawn(process.execPath, [join(root, 'dist/server.js')], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  onExit(async () => { child.kill() })
  for (let tries = 0; tries < 2000; tries++) {
    const answer = await send({ port: PORT, path: '/healthz', agent }).catch(() => ({ status: 0 }))
    if (answer.status === 200) return { firstMs: performance.now() - begun, pid: child.pid }
    await sleep(5)
  }
  throw new Error('the gateway did not answer within ten seconds')
}

/** @param {string} method @param {string} path @param {string} [token] @param {Record<string, string>} [more] */
function gate (method, path, token, more = {}) {
  return { port: PORT, method, path: `/api/v1${path}`, agent, headers: token === undefined ? more : { ...more, authorization: `Bearer ${token}` } }
}

/** @param {import('node:http').RequestOptions} options @param {object} [body] @returns {Promise<{ status: number, text: string }>} */
async function send (options, body) {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = { ...options.headers, ...text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }
  return await new Promise((resolve, reject) => {
    const outgoing = request({ ...options, headers }, answer => {
      let received = ''
      answer.setEncoding('utf8').on('data', chunk => { received += chunk }).once('end', () => resolve({ status: answer.statusCode ?? 0, text: received }))
    })
    outgoing.once('error', reject).end(text)
  })
}

/** Interleaved, so that whatever else the machine does weighs on both. @param {number} times @param {number} warmUp @param {() => Promise<unknown>} one @param {() => Promise<unknown>} other */
async function compare (times, warmUp, one, other) {
  /** @type {[number[], number[]]} */
  const taken = [[], []]
  for (let time = -warmUp; time < times; time++) {
    for (const [index, work] of [one, other].entries()) {
      const begun = performance.now()
      await work()
      if (time >= 0) taken[index === 0 ? 0 : 1].push(performance.now() - begun)
    }
  }
  return taken
}

/** @param {string} what @param {number[]} taken */
function figures (what, taken) {
  return [['p50', 0.5], ['p99', 0.99]].map(([name, share]) => `| ${what} ${name} (µs) | ${([...taken].sort((a, b) => a - b)[Math.floor(taken.length * Number(share))] ?? NaN).toFixed(1)} | | | |`)
}

/** @param {string} what @param {[number[], number[]]} taken */
function rows (what, [gateway, direct]) {
  const at = (/** @type {number[]} */ values, /** @type {number} */ share) => [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN
  return [['p50', 0.5], ['p99', 0.99]].map(([name, share]) => {
    const [one, other] = [at(gateway, Number(share)), at(direct, Number(share))]
    return `| ${what} ${name} (ms) | ${one.toFixed(2)} | ${other.toFixed(2)} | ${(one / other).toFixed(2)} | |`
  })
}
