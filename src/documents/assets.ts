import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { graphiqlPage, graphiqlScript, pageStyle } from './graphiql-page.js'
import { docsPage, docsScript, icon } from './docs-page.js'

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

export const docs: Page = new Map([
  ['', html(docsPage)],
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

export async function sendAsset (asset: Asset, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.type(asset.type)
  if ('text' in asset) return await reply.header('Cache-Control', 'no-cache').send(asset.text)
  const { size, mtimeMs } = await stat(asset.file)
  const tag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`
  reply.header('Cache-Control', 'no-cache').header('ETag', tag)
  if (request.headers['if-none-match'] === tag) return await reply.code(304).send()
  return await reply.header('Content-Length', size).send(createReadStream(asset.file))
}
