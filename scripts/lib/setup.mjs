// @ts-check
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture, npm } from './command.mjs'
import { command, ensurePackages } from './debian.mjs'
import { Fault, tail } from './fault.mjs'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Makes sure that what package-lock.json names is installed and that the one native module loads.
 * @param {(text: string) => void} [say]
 */
export async function ensureDependencies (say = () => {}) {
  checkNode()
  if (!dependenciesMatch(root)) {
    say('installing dependencies with npm ci')
    await install(say)
  }
  if (!await storeLoads()) {
    say('compiling better-sqlite3')
    await ensureCompiler(say)
    await mustSucceed(npm(['rebuild', 'better-sqlite3'], { cwd: root, env: npmEnvironment() }), 'npm rebuild better-sqlite3')
    if (!await storeLoads()) throw new Fault('better-sqlite3 was compiled but does not load; delete node_modules and try again.')
  }
}

function checkNode () {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) throw new Fault(`Caisson needs Node.js 20.19 or newer; this is ${process.version}.`)
}

/** @param {(text: string) => void} say */
async function install (say) {
  const first = await npm(['ci', '--no-audit', '--no-fund'], { cwd: root, env: npmEnvironment() })
  if (first.code === 0) return
  // The usual reason: no prebuilt better-sqlite3 could be downloaded, and there is no compiler to make one.
  if (!/better-sqlite3|node-gyp|prebuild/.test(first.output)) throw new Fault(`npm ci failed:\n${tail(first.output)}`)
  await ensureCompiler(say)
  say('installing dependencies again, now with a compiler')
  await mustSucceed(npm(['ci', '--no-audit', '--no-fund'], { cwd: root, env: npmEnvironment() }), 'npm ci')
}

/** @param {(text: string) => void} say */
function ensureCompiler (say) {
  const why = 'compiles better-sqlite3'
  return ensurePackages([command('python3', 'python3', why), command('make', 'make', why), command('g++', 'g++', why)], say)
}

/**
 * @param {Promise<{ code: number, output: string }>} running
 * @param {string} name
 */
async function mustSucceed (running, name) {
  const { code, output } = await running
  if (code !== 0) throw new Fault(`${name} failed:\n${tail(output)}`)
}

/** Node's headers beside the Node in use save node-gyp a download that not every network allows. */
function npmEnvironment () {
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include/node/node.h'))
  return headers && !process.env.npm_config_nodedir ? { ...process.env, npm_config_nodedir: prefix } : process.env
}

/** A native module can be there and still not load: made for another Node, or for another machine. */
async function storeLoads () {
  const source = "import D from 'better-sqlite3'; new D(':memory:').close()"
  const { code } = await capture(process.execPath, ['--input-type=module', '--eval', source], { cwd: root })
  return code === 0
}

/**
 * Compares what npm noted in node_modules with the lockfile, by content: a checkout changes the times of files,
 * and a needless `npm ci` costs most of a minute.
 * @param {string} folder
 */
export function dependenciesMatch (folder) {
  const wanted = readLock(join(folder, 'package-lock.json'))
  const present = readLock(join(folder, 'node_modules/.package-lock.json'))
  if (!wanted || !present) return false
  return Object.entries(wanted).every(([path, entry]) => path === '' || (present[path] ? sameEntry(entry, present[path]) : entry.optional || entry.peer))
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, peer?: boolean }} LockEntry */

/**
 * @param {LockEntry} a
 * @param {LockEntry} b
 */
const sameEntry = (a, b) => a.version === b.version && (!a.integrity || !b.integrity || a.integrity === b.integrity)

/**
 * @param {string} file
 * @returns {Record<string, LockEntry> | undefined}
 */
function readLock (file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}
