import type { FastifyInstance } from 'fastify'
import type { Registry } from '../operation/registry.js'

/** Of a call that anyone may make without a token: a name and a password, or a token. */
const PUBLIC_BYTES = 16 * 1024

/** The bodies that are read: JSON, strictly, and the uploads that operations name, as streams. Nothing else. */
export function addBodyParsers (app: FastifyInstance, registry: Registry): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name the type of a body they do not send.
    if (body === '') done(null, undefined)
    else parseJson(request, body.toString(), done)
  })
  app.addHook('onRoute', route => { if (route.config?.public === true) route.bodyLimit = PUBLIC_BYTES })
  const uploads = new Set([...registry].flatMap(({ upload }) => upload ?? []))
  for (const type of uploads) app.addContentTypeParser(type, (_request, payload, done) => { done(null, payload) })
}
