import type { FastifyInstance } from 'fastify'
import { forbidden } from '../../lib/errors.js'

/** A browser tells where a page comes from; a WebSocket from elsewhere is refused unless the settings name its origin. */
export function addOriginCheck (app: FastifyInstance, allowed: readonly string[]): void {
  app.addHook('onRequest', async request => {
    const { origin } = request.headers
    if (!request.ws || origin === undefined) return
    const own = `${request.protocol}://${request.host}`
    if (origin !== own && !allowed.includes(origin)) throw forbidden('a page from this origin may not open a WebSocket here: CAISSON_ORIGINS names those that may')
  })
}
