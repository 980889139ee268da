// @ts-check
// Root file systems of newer Debian suites, with the engines that this machine's own suite does not have.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from './command.mjs'
import { command, ensurePackages } from './debian.mjs'
import { ENGINE_KINDS } from './engine-kinds.mjs'
import { Fault, tail } from './fault.mjs'

const CACHE = '/var/cache/caisson-engines'
const DOCKER = ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose', 'iptables', 'ca-certificates', 'procps', 'xz-utils', 'iproute2']
/** @type {Record<string, string[]>} */
const PACKAGES = { trixie: DOCKER, unstable: [...DOCKER, 'podman', 'runc', 'netavark'] }

/** @param {string} suite */
export const rootfsOf = suite => join(CACHE, suite)

/**
 * Makes the root file systems that these kinds of engine live in, side by side; a minute at the first time.
 * @param {import('./engine-kinds.mjs').EngineKind[]} kinds
 * @param {(text: string) => void} [say]
 */
export async function ensureRootfs (kinds, say = () => {}) {
  const suites = new Set(kinds.flatMap(kind => ENGINE_KINDS[kind].suite ?? []))
  const missing = [...suites].filter(suite => !isComplete(suite))
  if (missing.length === 0) return
  await ensurePackages([command('debootstrap', 'debootstrap', 'makes the root file systems of newer engines')], say)
  say(`making root file systems with newer engines: Debian ${missing.join(', ')}`)
  await Promise.all(missing.map(make))
}

/** A change of the list of packages makes it anew. @param {string} suite */
const stampOf = suite => createHash('sha256').update(JSON.stringify(PACKAGES[suite])).digest('hex')

/** @param {string} suite */
function isComplete (suite) {
  const stamp = join(rootfsOf(suite), '.complete')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === stampOf(suite)
}

/** Under another name until it is whole, so that a run that was cut off leaves nothing half made. @param {string} suite */
async function make (suite) {
  const folder = rootfsOf(suite)
  const building = `${folder}.${process.pid}`
  mkdirSync(CACHE, { recursive: true })
  await mustSucceed('debootstrap', ['--variant=minbase', suite, building, await mirror()])
  // A package's service must not be started: it would run in this machine's namespaces.
  writeFileSync(join(building, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  await mustSucceed('chroot', [building, 'apt-get', 'install', '-y', '-q', '--no-install-recommends', ...PACKAGES[suite] ?? []])
  await mustSucceed('chroot', [building, 'apt-get', 'clean'])
  writeFileSync(join(building, '.complete'), stampOf(suite))
  if (isComplete(suite)) return rmSync(building, { recursive: true, force: true }) // another run was faster
  rmSync(folder, { recursive: true, force: true })
  renameSync(building, folder)
}

/** The one that this machine's own packages come from. */
async function mirror () {
  const { output } = await capture('apt-get', ['indextargets', '--format', '$(SITE)'])
  const sites = output.split('\n').filter(site => site && !site.includes('security'))
  if (!sites[0]) throw new Fault('apt-get names no mirror of Debian, so the root file systems of newer engines cannot be made.')
  return sites[0]
}

/**
 * @param {string} program
 * @param {string[]} args
 */
async function mustSucceed (program, args) {
  const { code, output } = await capture(program, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  if (code !== 0) throw new Fault(`${program} failed:\n${tail(output)}`)
}
