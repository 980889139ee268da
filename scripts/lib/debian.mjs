// @ts-check
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onExit } from './cleanup.mjs'
import { capture, which } from './command.mjs'
import { Fault, tail } from './fault.mjs'

/**
 * @typedef {object} Need something that a Debian package brings
 * @property {string} package
 * @property {() => boolean} there
 * @property {string} why
 */

export const isRoot = () => process.getuid?.() === 0
export const isDebian = () => existsSync('/etc/debian_version') && which('apt-get') !== undefined

/**
 * @param {string} name
 * @param {string} command
 * @param {string} why
 * @returns {Need}
 */
export const command = (name, command, why) => ({ package: name, there: () => which(command) !== undefined, why })

/**
 * Installs what is missing, or says in one line what is needed and how to get it.
 * @param {Need[]} needs
 * @param {(text: string) => void} [say]
 */
export async function ensurePackages (needs, say = () => {}) {
  const missing = needs.filter(need => !need.there())
  if (missing.length === 0) return
  if (!isRoot() || !isDebian()) throw new Fault(adviceFor(missing))
  const names = missing.map(need => need.package)
  say(`installing ${names.join(', ')} with apt-get`)
  await install(names)
  const still = missing.filter(need => !need.there())
  if (still.length > 0) throw new Fault(adviceFor(still))
}

/** @param {Need[]} missing */
function adviceFor (missing) {
  const what = missing.map(need => `${need.package} (${need.why})`).join(', ')
  const how = isDebian() ? `run: sudo apt-get install ${missing.map(need => need.package).join(' ')}` : 'install it with the package manager of this system'
  return `Missing on this machine: ${what}. To get it, ${how}.`
}

let updated = false

/** @param {string[]} names */
async function install (names) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  if (!updated) await apt(['update'], env)
  updated = true
  const allowServicesAgain = keepServicesDown()
  try {
    await apt(['install', '-y', '--no-install-recommends', ...names], env)
  } finally {
    allowServicesAgain()
  }
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function apt (args, env) {
  // Another apt may be at work (a fresh machine updates itself): wait for its lock instead of failing.
  const { code, output } = await capture('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], { env })
  if (code !== 0) throw new Fault(`apt-get ${args.join(' ')} failed:\n${tail(output)}`)
}

const POLICY = '/usr/sbin/policy-rc.d'

/**
 * Debian starts a service as it installs it. We want the engine's program only: a second engine running in the
 * background, with a bridge and firewall rules of its own, is not ours to leave on somebody's machine.
 */
function keepServicesDown () {
  if (existsSync(POLICY)) return () => {}
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  const remove = () => rmSync(POLICY, { force: true })
  const forget = onExit(remove)
  return () => { forget(); remove() }
}

/**
 * Unpacks a package into a temporary folder without installing it, which needs no root.
 * @param {string} name
 * @returns {Promise<string | undefined>} the folder, or undefined where that does not work
 */
export async function unpackPackage (name) {
  if (!isDebian() || !which('dpkg-deb')) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'caisson-package-'))
  onExit(() => rmSync(folder, { recursive: true, force: true }))
  await capture('apt-get', ['-q', 'download', name], { cwd: folder })
  const file = readdirSync(folder).find(entry => entry.endsWith('.deb'))
  if (!file) return undefined
  const { code } = await capture('dpkg-deb', ['-x', join(folder, file), folder])
  return code === 0 ? folder : undefined
}

/** The distribution's own name, for messages. */
export function systemName () {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform
  } catch {
    return process.platform
  }
}
