// @ts-check
// Module hooks: each function of `dist/` says first that it is entered, by its file and its name.
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** @type {import('node:module').LoadHook} */
export async function load (url, context, next) {
  const loaded = await next(url, context)
  const path = url.startsWith('file:') ? fileURLToPath(url) : ''
  const [, file] = path.includes('/node_modules/') ? [] : /\/dist\/(.+\.js)$/.exec(path) ?? []
  return file === undefined ? loaded : { ...loaded, source: traced(String(loaded.source), file) }
}

/** @param {string} source @param {string} file */
function traced (source, file) {
  /** @type {Array<[at: number, text: string]>} */
  const insertions = []
  /** @param {ts.Node} node */
  const visit = node => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) insertions.push(...insertionsOf(node, node.body, file))
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true))
  insertions.sort(([one], [other]) => other - one)
  return insertions.reduce((text, [at, inserted]) => text.slice(0, at) + inserted + text.slice(at), source)
}

/**
 * @param {ts.SignatureDeclaration} node
 * @param {ts.Node} body
 * @param {string} file
 * @returns {Array<[at: number, text: string]>}
 */
function insertionsOf (node, body, file) {
  const call = `globalThis.__entered(${JSON.stringify(`${file}:${node.name?.getText() ?? ''}`)})`
  return ts.isBlock(body) ? [[body.getStart() + 1, `;${call};`]] : [[body.getStart(), `(${call}, `], [body.getEnd(), ')']]
}
