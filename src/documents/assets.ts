import { readdirSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { graphiqlPage, graphiqlScript, pageStyle } from './graphiql-page.js'
import { docsScript, icon } from './docs-page.js'
import { CachedDocument } from './cached-document.js'

/** A part of a page: a text of our own, or a file of a package. */
export type Asset = { readonly type: string } & ({ readonly text: string } | { readonly file: string })

/** By its path below the page's own; '' is the page. Nothing else is ever read from the disk. */
export type Page = ReadonlyMap<string, Asset>

const require = createRequire(import.meta.url)
/** A file of a package, wherever that is installed; some do not export the files that browsers take. */
const packaged = (name: string, file: string): string => join(dirname(require.resolve(`${name}/package.json`)), file)

const html = (text: string): Asset => ({ type: 'text/html; charset=utf-8', text })
const script = (text: string): Asset => ({ type: 'text/javascript; charset=utf-8', text })
const style = (text: string): Asset => ({ type: 'text/css; charset=utf-8', text })
const scriptFile = (name: string, file: string): Asset => ({ type: 'text/javascript; charset=utf-8', file: packaged(name, file) })
const styleFile = (name: string, file: string): Asset => ({ type: 'text/css; charset=utf-8', file: packaged(name, file) })

/** What the build renders of the repository's documents (scripts/pages.mjs); `/docs` itself is one of them. */
const RENDERED = join(import.meta.dirname, 'pages')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8'
}

/** A page or a text is called without its ending. */
function rendered (file: string): [string, Asset] {
  const ending = extname(file)
  const name = file === 'index.html' ? '' : file.replace(/\.(?:html|txt)$/, '')
  return [name, { type: TYPES[ending] ?? 'application/octet-stream', file: join(RENDERED, file) }]
}

/** The guide and the reference. */
export const docs = (): Page => new Map<string, Asset>([
  ...readdirSync(RENDERED).map(rendered),
  ['page.js', script(docsScript)],
  ['icon.svg', { type: 'image/svg+xml', text: icon }],
  ['swagger-ui.css', styleFile('@fastify/swagger-ui', 'static/swagger-ui.css')],
  ['swagger-ui.js', scriptFile('@fastify/swagger-ui', 'static/swagger-ui-bundle.js')]
])

export const graphiql: Page = new Map([
  ['', html(graphiqlPage)],
  ['page.js', script(graphiqlScript)],
  ['page.css', style(pageStyle)],
  ['react.js', scriptFile('react', 'umd/react.production.min.js')],
  ['react-dom.js', scriptFile('react-dom', 'umd/react-dom.production.min.js')],
  ['graphiql.js', scriptFile('graphiql', 'graphiql.min.js')],
  ['graphiql.css', styleFile('graphiql', 'graphiql.min.css')]
])

/** The files of the repository's own example, and of the packages it takes. */
export const examples = (): Page => {
  const own = (name: string): string => join(import.meta.dirname, '../../examples/terminal', name)
  const scripts = ['page.js', 'session.js', 'channel.js', 'shell.js', 'log.js', 'strict-styles.js']
  return new Map<string, Asset>([
    ['', { type: 'text/html; charset=utf-8', file: own('index.html') }],
    ['page.css', { type: 'text/css; charset=utf-8', file: own('page.css') }],
    ...scripts.map((name): [string, Asset] => [name, { type: 'text/javascript; charset=utf-8', file: own(name) }]),
    ['xterm.mjs', scriptFile('@xterm/xterm', 'lib/xterm.mjs')],
    ['xterm.css', styleFile('@xterm/xterm', 'css/xterm.css')],
    ['addon-fit.mjs', scriptFile('@xterm/addon-fit', 'lib/addon-fit.mjs')]
  ])
}

/** At start-up, rather than in front of whoever asks. @throws where a package does not have what a page needs */
export async function checkAssets (page: Page): Promise<void> {
  for (const asset of page.values()) if ('file' in asset) await stat(asset.file)
}

/** Each as it was when it was first asked for, unless its file has changed since. */
const kept = new WeakMap<Asset, { readonly version: number, readonly document: CachedDocument }>()

export async function sendAsset (asset: Asset, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const version = 'file' in asset ? (await stat(asset.file)).mtimeMs : 0
  let known = kept.get(asset)
  if (known?.version !== version) {
    known = { version, document: new CachedDocument('text' in asset ? Buffer.from(asset.text) : await readFile(asset.file)) }
    kept.set(asset, known)
  }
  return await known.document.send(request, reply.type(asset.type))
}
