// @ts-check
// Finds on this machine what a small Linux image is made of: a shell and the everyday commands.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { capture, which } from './command.mjs'
import { ensurePackages, isDebian, isRoot, unpackPackage } from './debian.mjs'
import { Fault } from './fault.mjs'

/** @typedef {import('./tar.mjs').Entry} Entry */

// Enough for a container that says something and stays for a while, where there is no busybox.
const COMMANDS = ['sh', 'cat', 'date', 'echo', 'env', 'hostname', 'id', 'ls', 'mkdir', 'rm', 'seq', 'sleep', 'touch', 'true', 'uname', 'wc']

const FRAME = [
  { path: 'tmp', mode: 0o1777 },
  { path: 'var' },
  { path: 'root', mode: 0o700 },
  { path: 'etc' },
  { path: 'etc/passwd', data: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
  { path: 'etc/group', data: 'root:x:0:\nnogroup:x:65534:\n' }
]

/**
 * The files of the image: busybox where there is one or Debian gives it to us, else this machine's own commands.
 * @param {(text: string) => void} [say]
 * @returns {Promise<Entry[]>}
 */
export async function shellFiles (say) {
  if (process.platform !== 'linux') throw new Fault(NOT_LINUX)
  const busybox = await findBusybox(say)
  return [...FRAME, ...(busybox ? busyboxFiles(busybox) : withLibraries(COMMANDS.flatMap(name => which(name) ?? [])))]
}

const NOT_LINUX = 'A small image is made from Linux programs, and this system has none. Name an image that the engine already has: CAISSON_DEMO_IMAGE=alpine npm run demo'

/** @param {(text: string) => void} [say] */
async function findBusybox (say) {
  const find = () => {
    const path = which('busybox')
    return path && isStatic(path) ? path : undefined
  }
  if (find() || !isDebian()) return find()
  if (isRoot()) {
    await ensurePackages([{ package: 'busybox-static', there: () => find() !== undefined, why: 'is the small image' }], say)
    return find()
  }
  const folder = await unpackPackage('busybox-static')
  return folder && ['usr/bin/busybox', 'bin/busybox'].map(path => join(folder, path)).find(isStatic)
}

/**
 * A program that asks for a dynamic loader (ELF's PT_INTERP, 3) does not run in an empty image.
 * @param {string} path
 */
export function isStatic (path) {
  try {
    const file = readFileSync(path)
    const is64Bit = file[4] === 2
    if (file.toString('latin1', 1, 4) !== 'ELF' || !is64Bit || file[5] !== 1) return false
    const [start, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)]
    return !Array.from({ length: count }, (_, index) => file.readUInt32LE(start + index * size)).includes(3)
  } catch {
    return false
  }
}

/** @param {string} busybox */
function busyboxFiles (busybox) {
  // The applet called busybox would be a link to itself.
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(name => name && name !== 'busybox')
  return [
    { path: 'bin' },
    { path: 'bin/busybox', data: readFileSync(busybox), mode: 0o755 },
    ...applets.map(name => ({ path: `bin/${name}`, link: 'busybox' }))
  ]
}

/**
 * Programs of this machine together with the libraries and the loader they ask for, each at its own path.
 * @param {string[]} programs
 * @returns {Entry[]}
 */
export function withLibraries (programs) {
  const libraries = programs.flatMap(librariesOf).flatMap(withSiblings)
  const commands = programs.map(path => [`/bin/${path.split('/').at(-1)}`, path])
  const places = Object.fromEntries([...libraries.map(path => [path, path]), ...commands])
  return Object.entries(places).map(([place, path]) => ({ path: place.slice(1), data: readFileSync(realpathSync(path)), mode: 0o755 }))
}

// What belongs to the C library and is asked for later: by native modules, and to look names up.
const SIBLINGS = ['libdl.so.2', 'libnss_dns.so.2', 'libnss_files.so.2', 'libpthread.so.0', 'libresolv.so.2', 'librt.so.1', 'libutil.so.1']

/** @param {string} library */
function withSiblings (library) {
  if (!library.endsWith('/libc.so.6')) return [library]
  const siblings = SIBLINGS.map(name => join(dirname(library), name)).filter(path => existsSync(path))
  return [library, ...siblings]
}

/** @param {string} program */
function librariesOf (program) {
  try {
    return [...execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).matchAll(/(\/\S+) \(0x/g)].map(match => match[1] ?? '')
  } catch {
    return [] // static
  }
}

/** What `uname -m` says, as engines spell it. */
export async function machine () {
  const { output } = await capture('uname', ['-m'])
  return { x86_64: 'amd64', aarch64: 'arm64', arm64: 'arm64' }[output.trim()] ?? output.trim()
}
