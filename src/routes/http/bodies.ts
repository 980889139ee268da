import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../../lib/errors.js'
import { UNSUPPORTED } from '../problem.js'

/** Of a call that anyone may make without a token: a name and a password, or a token. */
const PUBLIC_BYTES = 16 * 1024

/** The bodies that are read: JSON, strictly, and uploads, as streams. Nothing else. */
export function addBodyParsers (app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name the type of a body they do not send.
    if (body === '') done(null, undefined)
    else parseJson(request, body.toString(), done)
  })
  app.addHook('onRoute', route => { if (route.config?.public === true) route.bodyLimit = PUBLIC_BYTES })
  // Whatever else it is said to be: an upload looks at its type itself, and a body of no bytes has none.
  app.addContentTypeParser('*', (request, payload, done) => {
    if (request.routeOptions.config.operation?.upload !== undefined) done(null, payload)
    // That there is no such address is what matters then.
    else if (request.is404) done(null, undefined)
    else nothingIn(payload).then(() => { done(null, undefined) }, done)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    if (isEmpty(request)) delete request.raw.headers['content-type']
    done()
  })
}

/** HTTP clients name a type for what they do not send, as axios does. */
const isEmpty = ({ raw: { headers } }: FastifyRequest): boolean => headers['content-length'] === '0' && headers['transfer-encoding'] === undefined

/** @throws `unsupported-media-type` with the first byte */
async function nothingIn (payload: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    payload.once('data', () => { reject(new Failure('unsupported-media-type', UNSUPPORTED)) }).once('end', resolve).once('error', reject)
  })
}
