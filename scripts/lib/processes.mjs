// @ts-check
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {{ pid: number, parent: number, command: string }} Process */

/** @returns {Process[]} */
function processes () {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(readProcess)
}

/**
 * @param {string} pid
 * @returns {Process[]} empty when it ended meanwhile
 */
function readProcess (pid) {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = behindName(stat).split(' ')
    return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  } catch {
    return []
  }
}

/** A process may have any name, also one with brackets and spaces. @param {string} stat */
const behindName = stat => stat.slice(stat.lastIndexOf(')') + 2)

// A shell or a client that merely names the folder is somebody's, not ours.
const ENGINE_PROGRAM = /^(\S*\/)?(dockerd|docker-proxy|containerd\S*|podman|conmon) /

/**
 * The processes of the engine in a folder of ours (its unique name is in their command line) and all their
 * descendants: dockerd, its containerd, their shims and what runs in the containers.
 * @param {string} folder
 * @returns {number[]}
 */
export function processesOf (folder) {
  const all = processes()
  const found = new Set(all.filter(one => ENGINE_PROGRAM.test(one.command) && one.command.includes(`${folder}/`)).map(one => one.pid))
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const one of all) if (found.has(one.parent)) found.add(one.pid)
  }
  return [...found]
}

/** @param {number} pid */
export function isAlive (pid) {
  return readProcess(String(pid)).length > 0
}

/** Whether every thread of a process has stopped, or the process is gone. @param {number} pid */
export function isStopped (pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).every(thread => /^[TtZX]/.test(behindName(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))))
  } catch {
    return !isAlive(pid) // else a thread ended meanwhile
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function signalProcess (pid, signal) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {number} timeoutMs
 */
export async function until (condition, timeoutMs) {
  const deadline = performance.now() + timeoutMs
  while (!await condition()) {
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}
