// The gateway that the benchmark measures, and its client.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onExit } from './cleanup.mjs'
import { root } from './setup.mjs'

export const PORT = 18_080
const PASSWORD = 'correct horse battery bench'
const agent = new Agent({ keepAlive: true })

/** @typedef {{ status: number, text: string }} Answer */
/** @typedef {(method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Answer>} Client of everything under /api/v1, or of the engine */

/** @param {string} url of the engine @returns {Promise<{ firstMs: number, pid: number }>} how long it took to its first answer */
export async function startGateway (url) {
  const dataDir = mkdtempSync(join(tmpdir(), 'caisson-bench-'))
  onExit(async () => rmSync(dataDir, { recursive: true, force: true }))
  const env = { ...process.env, CAISSON_DATA_DIR: dataDir, CAISSON_HOSTS: `local=${url}`, CAISSON_ADMIN_PASSWORD: PASSWORD, CAISSON_LISTEN: `127.0.0.1:${PORT}`, CAISSON_LOG_LEVEL: 'warn', CAISSON_STREAMS_PER_USER: '10000', CAISSON_RATE_PER_USER: '9999999', CAISSON_RATE_PER_ADDRESS: '9999999' }
  const begun = performance.now()
  const child = spawn(process.execPath, [join(root, 'dist/server.js')], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  onExit(async () => { child.kill() })
  for (let tries = 0; tries < 2000; tries++) {
    const answer = await send({ port: PORT, path: '/healthz', agent }).catch(() => ({ status: 0 }))
    if (answer.status === 200) return { firstMs: performance.now() - begun, pid: child.pid ?? 0 }
    await sleep(5)
  }
  throw new Error('the gateway did not answer within ten seconds')
}

/** What the process holds, in MiB. @param {number} pid */
export const rssOf = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** @param {string} [username] @param {string} [password] @returns {Promise<string>} an access token */
export async function signIn (username = 'admin', password = PASSWORD) {
  const { text } = await send({ port: PORT, method: 'POST', path: '/api/v1/auth/login', agent }, { username, password })
  return JSON.parse(text).accessToken
}

/** @param {string} token @param {string} [base] @returns {Client} */
export const clientOf = (token, base = '/api/v1') => (method, path, body, headers = {}) =>
  send({ port: PORT, method, path: base + path, agent, headers: { ...headers, authorization: `Bearer ${token}` } }, body)

/** @param {string} socketPath @returns {Client} */
export const engineClient = socketPath => (method, path, body, headers) => send({ socketPath, method, path, agent, headers }, body)

/** @param {import('node:http').RequestOptions} options @param {object} [body] @returns {Promise<Answer>} */
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
