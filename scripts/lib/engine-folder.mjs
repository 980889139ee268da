// @ts-check
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers, removeAllContainers } from './api.mjs'
import { isAlive, processesOf, signalProcess, until } from './processes.mjs'

export const PREFIX = 'caisson-engine-'

/** @param {string} folder */
export const socketIn = folder => join(folder, 'docker.sock')

/**
 * Ends the engine that lives in a folder, whatever state it is in, and leaves nothing of it behind.
 * @param {string} folder
 * @param {number} [pid] of dockerd, where it is known
 */
export async function clearFolder (folder, pid) {
  await removeContainers(folder)
  if (pid) await endEngine(pid)
  await endEverythingIn(folder)
  unmountBelow(folder)
  removeBridge(folder)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/**
 * Containers first: an engine that has some waits for them, one after the other, before it ends.
 * @param {string} folder
 */
async function removeContainers (folder) {
  const engine = { url: `unix://${socketIn(folder)}` }
  if (!existsSync(socketIn(folder)) || !await answers(engine)) return
  await removeAllContainers(engine).catch(() => {})
}

/** @param {number} pid */
async function endEngine (pid) {
  signalProcess(pid, 'SIGCONT')
  signalProcess(pid, 'SIGTERM')
  await until(() => !isAlive(pid), 15_000)
}

/**
 * As if the power had failed: the engine, its containerd, the shims and everything in the containers, at once.
 * @param {string} folder
 */
export async function endEverythingIn (folder) {
  await until(() => {
    const left = processesOf(folder)
    for (const pid of left) signalProcess(pid, 'SIGKILL')
    return left.length === 0
  }, 5000)
}

/**
 * Normally there is nothing to do: an engine has its mounts in a namespace of its own, and they end with it.
 * @param {string} folder
 */
function unmountBelow (folder) {
  for (const point of mountsBelow(folder).reverse()) execFileSync('umount', ['-l', point])
  const left = mountsBelow(folder)
  // Deleting through a mount would delete somebody else's files.
  if (left.length > 0) throw new Error(`still mounted, so not deleted: ${left.join(', ')}`)
}

/** @param {string} folder */
function mountsBelow (folder) {
  return readFileSync('/proc/self/mounts', 'utf8').split('\n').map(line => line.split(' ')[1] ?? '').filter(point => point.startsWith(`${folder}/`))
}

/** @param {string} folder */
function removeBridge (folder) {
  const note = join(folder, 'bridge')
  if (!existsSync(note)) return
  const name = readFileSync(note, 'utf8')
  if (existsSync(`/sys/class/net/${name}`)) execFileSync('ip', ['link', 'delete', name])
}

/** Clears what an earlier run left because it, and the process that watched it, were killed or the machine went down. */
export async function sweepLeftovers () {
  const folders = readdirSync(tmpdir()).filter(name => name.startsWith(PREFIX)).map(name => join(tmpdir(), name))
  for (const folder of folders) {
    const keeper = readNumber(join(folder, 'keeper.pid'))
    if (keeper && !isKeeper(keeper)) await clearFolder(folder, engineIn(folder))
  }
}

/** @param {number} pid */
function isKeeper (pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-keeper.mjs')
  } catch {
    return false
  }
}

/**
 * A number may have gone to another process since it was noted: only one that works in the folder counts.
 * @param {string} folder
 */
function engineIn (folder) {
  const pid = readNumber(join(folder, 'docker.pid'))
  return pid && processesOf(folder).includes(pid) ? pid : undefined
}

/** @param {string} file */
function readNumber (file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}
