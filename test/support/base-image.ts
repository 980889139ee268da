import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { importTar } from '../../scripts/lib/image.mjs'
import { npm } from '../../scripts/lib/command.mjs'
import { root } from '../../scripts/lib/setup.mjs'
import { shellFiles, withLibraries } from '../../scripts/lib/shell.mjs'
import { tar } from '../../scripts/lib/tar.mjs'

/**
 * A stand-in for the official Node image where no registry can be reached: this machine's node and npm on busybox,
 * and what `npm ci` would download, so that a build without a network is the real build all the same.
 */
export async function importNodeImage (engine: { url: string }, reference: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-base-'))
  try {
    writeFileSync(join(folder, 'shell.tar'), tar([...await shellFiles(), ...withLibraries([process.execPath])]))
    mkdirSync(join(folder, 'root/usr'), { recursive: true })
    execFileSync('tar', ['-xf', join(folder, 'shell.tar'), '-C', join(folder, 'root')])
    symlinkSync('../bin', join(folder, 'root/usr/bin')) // scripts begin with #!/usr/bin/env node
    copyNpm(join(folder, 'root'))
    const registry = await fillCache(join(folder, 'root/npm'))
    packStore(join(folder, 'root/npm'))
    const archive = execFileSync('tar', ['-C', join(folder, 'root'), '--owner=0', '--group=0', '-cf', '-', '.'], { maxBuffer: 2 ** 31 - 1 })
    await importTar(engine, reference, archive, [
      'ENV npm_config_cache=/npm', 'ENV npm_config_offline=true', `ENV npm_config_registry=${registry}`, 'ENV npm_config_better_sqlite3_local_prebuilds=/npm'
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function copyNpm (target: string): void {
  const script = process.env.npm_execpath ?? realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())
  const home = dirname(dirname(script))
  cpSync(home, join(target, 'usr/lib/node_modules/npm'), { recursive: true, dereference: true })
  writeFileSync(join(target, 'bin/npm'), '#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js "$@"\n', { mode: 0o755 })
}

/** Downloads every package once into a cache of its own, as this machine is set up to do. */
async function fillCache (cache: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-cache-'))
  try {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(folder, file))
    const { code, output } = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--cache', cache], { cwd: folder })
    if (code !== 0) throw new Error(`npm ci into a new cache failed:\n${output}`)
    const { output: registry } = await npm(['config', 'get', 'registry'], { cwd: folder })
    return registry.trim().split('\n').at(-1) ?? ''
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The native module as its maker would have published it: the build finds it beside the cache. */
function packStore (folder: string): void {
  const home = join(root, 'node_modules/better-sqlite3')
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const name = `better-sqlite3-v${version}-node-v${process.versions.modules}-linux-${process.arch}.tar.gz`
  execFileSync('tar', ['-C', home, '-czf', join(folder, name), 'build/Release/better_sqlite3.node'])
}
