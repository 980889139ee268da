import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

/** What a page of another origin may read of an answer beside its type. */
const EXPOSED = ['Allow', 'Content-Disposition', 'ETag', 'Location', 'Preference-Applied', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id']
/** How long a browser may remember the answer to its question. */
const REMEMBERED_SECONDS = 600

/**
 * Pages of the origins that the settings name may call over REST and GraphQL. They send a token themselves: browsers
 * are not asked for credentials of their own. Comes before the authentication hook, since a preflight has no token.
 */
export async function registerCors (app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return
  await app.register(cors, { origin: [...origins], methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], exposedHeaders: EXPOSED, maxAge: REMEMBERED_SECONDS })
}
