// @ts-check
// Owns one private engine from start to end. It is a process of its own, so that the engine is ended and its folder
// deleted also when whoever asked for it is killed: then this process's input ends, and that is the order to clean up.
//
// Argument: the options as JSON. Input, a word a line: kill, start, pause, resume. Output: a JSON object a line.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { answers } from './api.mjs'
import { createBridge } from './bridge.mjs'
import { clearFolder, endEverythingIn, socketIn } from './engine-folder.mjs'
import { launchLine } from './engine-launch.mjs'
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

/** @param {string} driver */
async function launch (driver) {
  rmSync(join(folder, 'docker.pid'), { force: true })
  const { command, args, env } = launchLine({ ...options, bridge }, driver)
  const log = openSync(logFile, 'a')
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
