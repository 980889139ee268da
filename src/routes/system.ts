import type { FastifyInstance } from 'fastify'
import { failureOf } from '../errors.js'
import type { AnyOperation } from '../operation/define.js'
import type { Host } from '../docker/host.js'

/** What a host may take to be called ready. */
const LOOK_MS = 1500

/** Liveness, readiness with a line for each host, and metrics. */
export function addSystemRoutes (app: FastifyInstance): void {
  const { services } = app

  app.get('/healthz', async () => ({ status: 'ok' }))

  // An engine that is down makes a line, never a 503: the gateway itself is ready to say so.
  app.get('/readyz', async (request, reply) => {
    const store = await services.users.list({ limit: 1 }).then(() => 'ok', () => 'unavailable')
    const ready = store === 'ok' && !app.shutdown.aborted
    const hosts = request.actor === null ? {} : { hosts: await Promise.all(services.hosts.all().map(lineOf)) }
    return await reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable', store, ...hosts })
  })

  app.get('/metrics', async (request, reply) => {
    const decision = services.policy.decide(request.actor, METRICS, {}, undefined)
    if (decision.effect === 'deny') throw decision.failure
    return await reply.type(services.metrics.registry.contentType).send(await services.metrics.registry.metrics())
  })
}

/** Not an operation, as it is no answer to a person; its permission is one like any other. */
const METRICS: Pick<AnyOperation, 'name' | 'permission'> = { name: 'metrics.read' }

async function lineOf (host: Host): Promise<{ host: string, status: string, detail?: string }> {
  try {
    await host.version(LOOK_MS)
    return { host: host.name, status: 'ok' }
  } catch (error) {
    const { code, detail } = failureOf(error)
    return { host: host.name, status: code, detail }
  }
}
