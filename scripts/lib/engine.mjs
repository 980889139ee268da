// @ts-check
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { command, ensurePackages, isRoot } from './debian.mjs'
import { startEngineInDocker } from './engine-in-docker.mjs'
import { PREFIX, socketIn, sweepLeftovers } from './engine-folder.mjs'
import { ensureRootfs } from './engine-rootfs.mjs'
import { Fault, tail } from './fault.mjs'

/** @typedef {{ port: number, tls?: { ca: string, cert: string, key: string } }} Tcp the paths of PEM files */
/** @typedef {{ kind: import('./engine-kinds.mjs').EngineKind, folder: string, tcp?: Tcp, flags?: string[] }} KeeperOptions */

/**
 * @typedef {object} StartOptions
 * @property {string} [name] how tests call it
 * @property {import('./engine-kinds.mjs').EngineKind} [kind] its generation; 20.10 where nothing else is said
 * @property {boolean | Partial<Tcp>} [tcp] also answer on 127.0.0.1, which costs the network namespace of its own
 * @property {string[]} [flags] more flags for dockerd (or podman)
 */

/**
 * @typedef {object} PrivateEngine
 * @property {string} name
 * @property {import('./engine-kinds.mjs').EngineKind} kind
 * @property {string} socketPath
 * @property {string} url
 * @property {string} [tcpUrl]
 * @property {string} folder
 * @property {number} [pid] of dockerd, where it runs on this machine itself
 * @property {() => Promise<void>} stop ends it and deletes everything it had
 * @property {() => Promise<void>} kill ends it and its containers at once, as a power cut would; its data stays
 * @property {() => Promise<void>} restart starts it again after `kill`
 * @property {() => Promise<void>} pause it accepts connections and answers nothing
 * @property {() => Promise<void>} resume
 */

const KEEPER = fileURLToPath(new URL('engine-keeper.mjs', import.meta.url))

/** Whether a private engine can be started on this machine, apart from packages that may be missing. */
export const canStartEngine = () => process.platform === 'linux' && isRoot()

/**
 * What a private engine needs on this machine; without root it runs inside the one that is there.
 * @param {(text: string) => void} [say]
 */
export async function ensureEngine (say) {
  if (!canStartEngine()) return
  const why = 'runs a private Docker Engine'
  return ensurePackages([command('docker.io', 'dockerd', why), command('iproute2', 'ip', why), command('iptables', 'iptables', why), command('util-linux', 'unshare', why)], say)
}

/** @type {Promise<void> | undefined} */
let swept

/**
 * Starts a Docker Engine of our own: in namespaces of its own where we are root, else in a privileged container. Its
 * folder is a temporary one. It ends with `stop()`, or when this process ends, however that happens.
 * @param {StartOptions} [options]
 * @returns {Promise<PrivateEngine>}
 */
export async function startEngine ({ name = 'engine', kind = '20.10', tcp, flags } = {}) {
  if (!canStartEngine()) return startEngineInDocker({ name, tcp, flags })
  await (swept ??= sweepLeftovers())
  await ensureRootfs([kind])
  const folder = mkdtempSync(join(tmpdir(), PREFIX))
  const listen = tcp ? { ...(tcp === true ? {} : tcp), port: (tcp !== true && tcp.port) || await freePort() } : undefined
  const keeper = keep({ kind, folder, tcp: listen, flags })
  const { pid } = (await keeper.next()).ready
  const socketPath = socketIn(folder)
  const engine = {
    name,
    kind,
    socketPath,
    url: `unix://${socketPath}`,
    ...(listen && { tcpUrl: `tcp://127.0.0.1:${listen.port}` }),
    folder,
    pid,
    stop: keeper.stop,
    kill: () => keeper.order('kill'),
    async restart () { engine.pid = (await keeper.order('start')).ready.pid },
    pause: () => keeper.order('pause'),
    resume: () => keeper.order('resume')
  }
  return engine
}

/** @param {KeeperOptions} options */
function keep (options) {
  // A session of its own: Ctrl-C at the terminal reaches us, and the engine ends when we say so, or are gone.
  const child = spawn(process.execPath, [KEEPER, JSON.stringify(options)], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function next () {
    const { value, done } = await lines.next()
    const message = done ? { error: 'it ended without a word' } : JSON.parse(value)
    if (!message.error) return message
    await stop()
    throw new Fault(`A private Docker Engine failed:\n${tail(message.error, 12)}`)
  }
  async function stop () {
    child.stdin.end()
    await ended
    rmSync(options.folder, { recursive: true, force: true })
  }
  /** @param {string} word */
  async function order (word) {
    child.stdin.write(`${word}\n`)
    return next()
  }
  child.stdin.on('error', () => {}) // the keeper is gone; `next` says so
  return { next, stop, order }
}

async function freePort () {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  return port
}
