import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { buildApp } from './app.js'
import { openServices } from './boot.js'
import type { Config } from './config.js'
import { warnOfSilentHosts } from './docker/system/silent-hosts.js'
import { removeDeadSocket } from './lib/unix-socket.js'
import { endWithParent } from './parent.js'

/** What a shutdown may take before the process ends all the same. */
const GRACE_MS = 10_000

async function listen (app: FastifyInstance, { listen, tls }: Config): Promise<string> {
  if ('path' in listen) {
    await removeDeadSocket(listen.path)
    await app.listen({ path: listen.path })
    return `unix:${listen.path}`
  }
  const address = await app.listen(listen)
  return tls === undefined ? address : address.replace(/^http:/, 'https:')
}

/** Opens everything, and listens until a signal ends it. */
export async function serve (config: Config, log: Logger): Promise<void> {
  const { services, keys, close } = await openServices(config, log)
  const app = await buildApp(config, services, keys, log)
  closeWithGrace({ delay: GRACE_MS, logger: false }, async ({ signal, err }) => {
    if (err !== undefined) log.fatal({ err }, 'the gateway ends because of an error')
    else log.info({ signal }, 'shutting down')
    await app.close()
    await close()
  })
  endWithParent()
  const address = await listen(app, config)
  log.info({ address, hosts: config.hosts.map(({ name }) => name), dataDir: config.dataDir }, 'the gateway is listening')
  await warnOfSilentHosts(services.hosts, log)
}
