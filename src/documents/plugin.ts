import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../lib/errors.js'
import type { Registry } from '../operation/registry.js'
import { checkAssets, docs, examples, graphiql, sendAsset, type Page } from './assets.js'
import { CachedDocument } from './cached-document.js'
import { openapiDocument } from './openapi.js'
import { openapiYaml } from './text.js'

/** Nothing from elsewhere, nothing inline; WebSockets to this origin count as 'self'. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self' data:",
  "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"
].join('; ')

/**
 * What a person can read and try: the guide and the reference at `/docs`, `/graphiql`, and the OpenAPI document. All
 * of it is public; it says what can be asked, and shows nothing that was answered. With the examples `/examples/` as well.
 */
export async function registerDocuments (app: FastifyInstance, registry: Registry, { withExamples }: { withExamples: boolean }): Promise<void> {
  serveText(app, '/openapi.json', 'application/json; charset=utf-8', JSON.stringify(openapiDocument(registry)))
  serveText(app, '/openapi.yaml', 'application/yaml; charset=utf-8', openapiYaml(registry))
  await servePage(app, '/docs', docs())
  await servePage(app, '/graphiql', graphiql)
  if (withExamples) await servePage(app, '/examples', examples())
}

const WITH_HEAD = { exposeHeadRoute: true } as const

async function servePage (app: FastifyInstance, path: string, page: Page): Promise<void> {
  await checkAssets(page)
  const serve = async (name: string, request: FastifyRequest, reply: FastifyReply) => {
    const asset = page.get(name)
    if (asset === undefined) throw new Failure('not-found', `there is nothing at ${path}/${name}`)
    return await sendAsset(asset, request, protect(reply))
  }
  app.get(path, WITH_HEAD, async (request, reply) => await serve('', request, reply))
  app.get(`${path}/*`, WITH_HEAD, async (request, reply) => await serve((request.params as { '*': string })['*'], request, reply))
}

const protect = (reply: FastifyReply): FastifyReply => reply.headers({
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin'
})

function serveText (app: FastifyInstance, path: string, type: string, text: string): void {
  const document = new CachedDocument(Buffer.from(text))
  app.get(path, WITH_HEAD, async (request, reply) => await document.send(request, protect(reply).type(type)))
}
