import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { buildApp } from './app.js'
import { openServices } from './boot.js'
import { parseCommandLine } from './command-line.js'
import { readConfig, type Config } from './config.js'
import { warnOfSilentHosts } from './docker/system/silent-hosts.js'
import { createLog } from './log.js'
import { prepareMemory } from './lib/memory.js'
import { endWithParent } from './parent.js'
import { removeDeadSocket } from './lib/unix-socket.js'

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78
/** sysexits.h: the command line is wrong. */
const EX_USAGE = 64
/** What a shutdown may take before the process ends all the same. */
const GRACE_MS = 10_000

/** A start that fails says why in one line, and what the line says is for whoever wrote the setting. */
function giveUp (error: unknown): never {
  process.stderr.write(`caisson: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(EX_CONFIG)
}

function configured (): Config {
  try { return readConfig(process.env) } catch (error) { return giveUp(error) }
}

async function listen (app: FastifyInstance, { listen, tls }: Config): Promise<string> {
  if ('path' in listen) {
    await removeDeadSocket(listen.path)
    await app.listen({ path: listen.path })
    return `unix:${listen.path}`
  }
  const address = await app.listen(listen)
  return tls === undefined ? address : address.replace(/^http:/, 'https:')
}

async function serve (config: Config, log: Logger): Promise<void> {
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

/** What was asked on the command line is answered before any setting is looked at. */
function answerCommandLine (): void {
  const asked = parseCommandLine(process.argv.slice(2))
  if (asked === undefined) return
  if ('unknown' in asked) {
    process.stderr.write(`caisson: ${asked.unknown}\n`)
    process.exit(EX_USAGE)
  }
  process.stdout.write(`${asked.text}\n`)
  process.exit(0)
}

answerCommandLine()
prepareMemory()
const config = configured()
const log = createLog(config.logLevel, process.stdout.isTTY)
await serve(config, log).catch(giveUp)
