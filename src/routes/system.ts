import type { FastifyInstance } from 'fastify'
import { failureOf, forbidden } from '../lib/errors.js'
import type { Host } from '../engine/host.js'

/** What a host may take to be called ready. */
const LOOK_MS = 1500
/** For how long a host's line is good: whoever asks in a loop does not ask the engines in a loop. */
const FRESH_MS = 2000

interface Line { readonly host: string, readonly status: string, readonly detail?: string }

/** Liveness, readiness with a line for each host, and metrics. */
export function addSystemRoutes (app: FastifyInstance): void {
  const { services } = app
  const lineOf = remembering(look)

  app.get('/healthz', { exposeHeadRoute: true }, async () => ({ status: 'ok' }))

  // An engine that is down makes a line, never a 503: the gateway itself is ready to say so.
  app.get('/readyz', { exposeHeadRoute: true }, async (request, reply) => {
    const store = await services.users.list({ limit: 1 }).then(() => 'ok', () => 'unavailable')
    const ready = store === 'ok' && !app.shutdown.aborted
    const access = await services.policy.of(request.actor)
    const list = services.operations.get(HOSTS)
    const known = services.hosts.all().filter(({ name }) => list !== undefined && access.allowsOn(list, name))
    const hosts = known.length === 0 ? {} : { hosts: await Promise.all(known.map(lineOf)) }
    return await reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable', store, ...hosts })
  })

  app.get('/metrics', async (request, reply) => {
    if (request.actor?.admin !== true) throw forbidden('the metrics are for admins alone')
    for (const { host, status } of await Promise.all(services.hosts.all().map(lineOf))) services.metrics.hostUp(host, status === 'ok')
    return await reply.type(services.metrics.registry.contentType).send(await services.metrics.registry.metrics())
  })
}

/** To have a line on a host is to see it in the list. */
const HOSTS = 'host.list'

/** One look at a host for all who ask within the time. */
function remembering (look: (host: Host) => Promise<Line>): (host: Host) => Promise<Line> {
  const seen = new WeakMap<Host, { readonly at: number, readonly line: Promise<Line> }>()
  return async host => {
    const last = seen.get(host)
    if (last !== undefined && performance.now() - last.at < FRESH_MS) return await last.line
    const line = look(host)
    seen.set(host, { at: performance.now(), line })
    return await line
  }
}

async function look (host: Host): Promise<Line> {
  try {
    await host.version(LOOK_MS)
    return { host: host.name, status: 'ok' }
  } catch (error) {
    const { code, detail } = failureOf(error)
    return { host: host.name, status: code, detail }
  }
}
