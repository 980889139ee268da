import type { FastifyInstance } from 'fastify'

const LINKS = { docs: '/docs', openapi: '/openapi.json', graphql: '/graphql', graphiql: '/graphiql', health: '/healthz', readiness: '/readyz', metrics: '/metrics', signIn: '/api/v1/auth/login' }

/** `GET /`: a person comes to a page, a program to links. */
export function addRoot (app: FastifyInstance, { withExamples }: { readonly withExamples: boolean }): void {
  const page = withExamples ? '/examples/' : '/docs'
  app.get('/', async ({ headers: { accept = '' } }, reply) => {
    reply.header('Vary', 'Accept')
    if (accept.includes('text/html')) return await reply.redirect(page, 302)
    return { name: 'caisson', links: LINKS }
  })
}
