// @ts-check
// Tests run from JavaScript that is compiled once: a loader in every process and every thread costs more than the tests.
import {
  cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync
} from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './setup.mjs'
import { hashOfPages } from './sources.mjs'

/** What is compiled. What lies beside it (scripts, examples, package.json) is linked, as it is found by its place. */
const COMPILED = ['src', 'test', 'test-long']
const LINKED = ['scripts', 'examples', 'package.json']

export const BUILD = join(root, '.build')

/** Where a compiled TypeScript file of this checkout is. @param {string} file */
export const compiled = file => join(BUILD, relative(root, file)).replace(/\.ts$/, '.js')

/** Compiles every TypeScript file of the product and its tests into `.build/`, with their source maps; a second. */
export async function compile () {
  // Loaded here and not at the top: when this module is read, dependencies may not be installed yet.
  const { build } = await import('esbuild')
  const entryPoints = COMPILED.map(folder => join(root, folder)).filter(folder => existsSync(folder)).flatMap(sources)
  for (const folder of COMPILED) rmSync(join(BUILD, folder), { recursive: true, force: true })
  await build({
    absWorkingDir: root, entryPoints, outdir: BUILD, outbase: root, format: 'esm', platform: 'node', target: 'node20', sourcemap: 'inline', logLevel: 'warning'
  })
  mkdirSync(BUILD, { recursive: true })
  for (const name of LINKED) if (!existsSync(join(BUILD, name))) symlinkSync(join('..', name), join(BUILD, name))
  await renderPages()
}

/** The pages at /docs, beside the code that serves them, as in `dist`. Rendered anew when a document has changed. */
async function renderPages () {
  const kept = join(BUILD, 'pages')
  const note = join(BUILD, 'pages.hash')
  const hash = hashOfPages(root)
  if (!existsSync(kept) || !existsSync(note) || readFileSync(note, 'utf8') !== hash) {
    const { writePages } = await import('./pages/write.mjs')
    writePages(root, kept)
    writeFileSync(note, hash)
  }
  cpSync(kept, join(BUILD, 'src/documents/pages'), { recursive: true })
}

/** @param {string} folder */
function sources (folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts')).map(name => join(folder, name))
}
