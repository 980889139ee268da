// @ts-check
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { onExit } from './cleanup.mjs'

// Where Debian keeps what only root runs; not everybody's PATH has it.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

/**
 * The path of a command, or undefined when the machine does not have it.
 * @param {string} name
 */
export function which (name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return [...folders, ...SYSTEM_FOLDERS].map(folder => join(folder, name)).find(isExecutable)
}

/** @param {string} path */
function isExecutable (path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Runs a command to its end and keeps what it printed, both streams in one text. Never rejects: a command
 * that cannot be started at all has the code 127 and says why.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function capture (command, args, options = {}) {
  return new Promise(resolve => {
    /** @type {Buffer[]} */
    const chunks = []
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const forget = onExit(() => child.kill())
    const end = (/** @type {number} */ code, /** @type {string} */ note = '') => {
      forget()
      resolve({ code, output: Buffer.concat(chunks).toString() + note })
    }
    child.stdout?.on('data', chunk => chunks.push(chunk))
    child.stderr?.on('data', chunk => chunks.push(chunk))
    child.on('error', error => end(127, error.message))
    child.on('close', (code, signal) => end(code ?? 1, signal ? `\nended by ${signal}` : ''))
  })
}

/**
 * npm itself, the one that started this script where there is one.
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function npm (args, options = {}) {
  const script = process.env.npm_execpath
  return script?.endsWith('.js') ? capture(process.execPath, [script, ...args], options) : capture('npm', args, options)
}
