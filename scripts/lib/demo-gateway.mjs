// @ts-check
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onExit } from './cleanup.mjs'
import { Fault, tail } from './fault.mjs'
import { isAlive, until } from './processes.mjs'
import { root } from './setup.mjs'

/**
 * @typedef {object} Gateway
 * @property {string} address
 * @property {string} password
 * @property {Promise<unknown>} ended
 * @property {() => string} log
 */

/**
 * Starts the built gateway as `npm start` would, with data of its own that goes when it ends.
 * @param {import('./api.mjs').Engine} engine
 * @returns {Promise<Gateway>}
 */
export async function startGateway (engine) {
  const server = join(root, 'dist/server.js')
  if (!existsSync(server)) throw new Fault('The build made no dist/server.js.')
  const listen = await listenAddress()
  const password = randomBytes(12).toString('base64url')
  const data = mkdtempSync(join(tmpdir(), 'caisson-demo-'))
  onExit(() => rmSync(data, { recursive: true, force: true }))
  const child = spawn(process.execPath, [server], {
    // A session of its own, for Ctrl-C is ours to handle: first the container, through the gateway's engine, then it.
    detached: true,
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CAISSON_LISTEN: listen, CAISSON_DATA_DIR: data, CAISSON_HOSTS: `local=${engine.url}${engine.url.startsWith('unix:') ? '' : '?insecure=true'}`, CAISSON_ADMIN_PASSWORD: password, CAISSON_DATABASE_URL: undefined, CAISSON_EXAMPLES: 'on', NODE_ENV: 'production' }
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { log = (log + chunk).slice(-20_000) })
  const ended = once(child, 'exit')
  onExit(() => end(child, ended))
  const gateway = { address: `http://${listen}`, password, ended, log: () => log }
  const ready = await until(async () => child.exitCode !== null || await healthy(gateway), 20_000)
  if (!ready || child.exitCode !== null) throw new Fault(`The gateway did not start:\n${tail(log)}`)
  return gateway
}

/** @param {Gateway} gateway */
async function healthy ({ address }) {
  try {
    return (await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<unknown>} ended
 */
async function end (child, ended) {
  if (!child.pid || child.exitCode !== null) return
  child.kill('SIGTERM')
  const pid = child.pid
  await Promise.race([ended, until(() => !isAlive(pid), 10_000)])
  child.kill('SIGKILL')
}

/** The address that was asked for has to be free; the usual one gives way to another port. */
async function listenAddress () {
  const wanted = process.env.CAISSON_LISTEN
  if (wanted?.startsWith('unix:')) throw new Fault('The demo listens on tcp: set CAISSON_LISTEN to an address and a port, or leave it out.')
  const [, host = '127.0.0.1', port = '8080'] = /^(.*):(\d+)$/.exec(wanted ?? '') ?? []
  const free = await probe(host, Number(port)) || (wanted ? 0 : await probe(host, 0))
  if (free === 0) throw new Fault(`CAISSON_LISTEN is ${wanted}, and something else is listening there.`)
  return `${host}:${free}`
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<number>} 0 when it is taken
 */
function probe (host, port) {
  return new Promise(resolve => {
    const server = createServer()
    server.on('error', () => resolve(0))
    server.listen(port, host.replace(/[[\]]/g, ''), () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(address.port))
    })
  })
}
