import type { FastifyInstance } from 'fastify'
import type { Registry } from '../operation/registry.js'

/** The bodies that are read: JSON, strictly, and the uploads that operations name, as streams. Nothing else. */
export function addBodyParsers (app: FastifyInstance, registry: Registry): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name the type of a body they do not send.
    if (body === '') done(null, undefined)
    else parseJson(request, body.toString(), done)
  })
  const uploads = new Set([...registry].flatMap(({ upload }) => upload ?? []))
  for (const type of uploads) app.addContentTypeParser(type, (_request, payload, done) => { done(null, payload) })
}
