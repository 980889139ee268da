// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pagesIn } from './pages/list.mjs'

const NOTE = 'dist/.sources'
/** What else decides what a build comes to. */
const BESIDE = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
/** What renders the documents. */
const RENDERER = 'scripts/lib/pages'

/**
 * A hash of what a build is made of, by content: a checkout changes the times of files. Undefined where there are no sources.
 * @param {string} folder
 */
function hashOfSources (folder) {
  const src = join(folder, 'src')
  if (!existsSync(src)) return undefined
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts')).sort().map(file => join('src', file))
  return hashOf(folder, [...files, ...BESIDE, ...pageFiles(folder)])
}

/** A hash of what the pages at /docs are rendered from, and by. @param {string} folder */
export const hashOfPages = folder => hashOf(folder, ['package-lock.json', 'LICENSE', ...pageFiles(folder)])

/** @param {string} folder */
function pageFiles (folder) {
  const renderer = join(folder, RENDERER)
  const own = existsSync(renderer) ? readdirSync(renderer).sort().map(file => join(RENDERER, file)) : []
  return [...own, ...pagesIn(folder).map(({ file }) => file)]
}

/**
 * @param {string} folder
 * @param {readonly string[]} files
 */
function hashOf (folder, files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\n`).update(existsSync(join(folder, file)) ? readFileSync(join(folder, file)) : '').update('\n')
  return hash.digest('hex')
}

/** After a build: notes of what it was made. @param {string} folder */
export function noteBuild (folder) {
  mkdirSync(join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, NOTE), `${hashOfSources(folder)}\n`)
}

/**
 * Whether `dist` was built of other sources than those beside it, as after `git pull`.
 * @param {string} folder
 */
export function isBuildOld (folder) {
  const sources = hashOfSources(folder)
  const note = join(folder, NOTE)
  return sources !== undefined && (!existsSync(note) || readFileSync(note, 'utf8').trim() !== sources)
}
