// @ts-check
// Owns one private dockerd from start to end. It is a process of its own, so that the engine is ended and its folder
// deleted also when whoever asked for it is killed: then this process's input ends, and that is the order to clean up.
//
// Argument: the options as JSON. Input, a word a line: kill, start, pause, resume. Output: a JSON object a line.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { answers } from './api.mjs'
import { which } from './command.mjs'
import { createBridge } from './bridge.mjs'
import { clearFolder, endEverythingIn, socketIn } from './engine-folder.mjs'
import { isAlive, isStopped, signalProcess, until } from './processes.mjs'

/** @type {import('./engine.mjs').KeeperOptions} */
const options = JSON.parse(process.argv[2] ?? '{}')
const { folder, tcp } = options
const engine = { url: `unix://${socketIn(folder)}` }
const logFile = join(folder, 'engine.log')
const bridge = tcp ? createBridge(folder) : undefined
/** @type {number | undefined} */
let pid

writeFileSync(join(folder, 'keeper.pid'), String(process.pid))
writeFileSync(join(folder, 'daemon.json'), '{}')

/** @param {string} driver */
function flags (driver) {
  return [
    `--config-file=${join(folder, 'daemon.json')}`, `--data-root=${join(folder, 'data')}`, `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`, `--host=${engine.url}`, '--group=root', `--storage-driver=${driver}`,
    '--log-level=warn', '--shutdown-timeout=2', ...(tcp ? tcpFlags(tcp) : []), ...(options.flags ?? [])
  ]
}

/** @param {import('./engine.mjs').Tcp} tcp */
function tcpFlags ({ port, tls }) {
  const verify = tls ? ['--tlsverify', `--tlscacert=${tls.ca}`, `--tlscert=${tls.cert}`, `--tlskey=${tls.key}`] : []
  // In the machine's own network the engine must leave everything alone that it did not make: no firewall rules,
  // no forwarding, and a bridge of our own (`--bridge=none` would delete the docker0 of an engine that is there).
  return [`--host=tcp://127.0.0.1:${port}`, ...verify, `--bridge=${bridge}`, '--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false', '--userland-proxy=false']
}

// An engine that sees the socket of the machine's containerd uses that one, and with it the containers of whatever
// engine is there. Ours must not find it; and the sockets its own shims leave in this folder go with the mount.
const HIDE_CONTAINERD = 'mkdir -p /run/containerd && mount -t tmpfs tmpfs /run/containerd'

/**
 * Mounts always go into a namespace of the engine's own and disappear with it. So does the network, except for an
 * engine that has to answer on the machine's own loopback.
 * @param {string} driver
 */
function commandLine (driver) {
  const script = `${HIDE_CONTAINERD} && ${tcp ? '' : 'ip link set lo up && '}exec dockerd "$@"`
  const namespaces = tcp ? ['--mount'] : ['--mount', '--net']
  const line = ['unshare', ...namespaces, '--propagation', 'private', '--', 'sh', '-c', script, 'sh', ...flags(driver)]
  // Should this process be killed as well, the engine ends; its folder is swept by the next one.
  return which('setpriv') ? ['setpriv', '--pdeathsig', 'TERM', '--', ...line] : line
}

/** @param {string} driver */
async function launch (driver) {
  rmSync(join(folder, 'docker.pid'), { force: true })
  const [command = '', ...args] = commandLine(driver)
  const log = openSync(logFile, 'a')
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env })
  closeSync(log)
  child.on('error', error => writeFileSync(logFile, error.message, { flag: 'a' }))
  const current = child.pid
  pid = current
  if (!current) return false
  await until(async () => !isAlive(current) || (existsSync(socketIn(folder)) && await answers(engine)), 30_000)
  return isAlive(current) && await answers(engine)
}

async function start () {
  // overlay2 does not work on top of every file system (a container's own, for one); vfs does, slowly.
  for (const driver of ['overlay2', 'vfs']) {
    if (await launch(driver)) return report({ ready: { pid } })
    if (pid) signalProcess(pid, 'SIGKILL')
    if (!/overlay|not supported|graphdriver/.test(log())) break
  }
  report({ error: log() })
  await end(1)
}

const log = () => existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-4000) : ''

/** @param {object} message */
const report = message => { process.stdout.write(`${JSON.stringify(message)}\n`) }

async function kill () {
  await endEverythingIn(folder)
  // What describes running processes is wrong now, and a new engine would believe it.
  rmSync(join(folder, 'exec'), { recursive: true, force: true })
  report({ killed: true })
}

/** @type {Promise<void> | undefined} */
let ending
/** @param {number} code */
function end (code) {
  ending ??= clearFolder(folder, pid).then(() => process.exit(code), error => {
    report({ error: String(error) })
    process.exit(1)
  })
  return ending
}

/** A signal to stop reaches a process' threads one by one: until the last has it, one of them may still answer. */
async function pause () {
  if (pid) signalProcess(pid, 'SIGSTOP')
  const stopped = await until(() => !pid || isStopped(pid), 5000)
  report(stopped ? { paused: true } : { error: 'it could not be paused: a thread of it goes on' })
}

function resume () {
  if (pid) signalProcess(pid, 'SIGCONT')
  report({ resumed: true })
}

/** @type {Record<string, () => unknown>} */
const orders = { kill, start, pause, resume }

process.stdout.on('error', () => {}) // nobody is listening any more; the end of the input says the rest
const input = createInterface({ input: process.stdin })
input.on('line', word => orders[word]?.())
input.on('close', () => end(0))
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => end(0))
await start()
