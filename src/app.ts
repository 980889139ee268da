import type { RequestListener } from 'node:http'
import websocket from '@fastify/websocket'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { newId } from './lib/ids.js'
import type { SigningKeys } from './auth/sessions/keys.js'
import type { Config } from './config.js'
import { registerDocuments } from './documents/plugin.js'
import { registerGraphql } from './graphql/plugin.js'
import { operations } from './operations/index.js'
import { addBodyParsers } from './routes/http/bodies.js'
import { callOf } from './routes/call.js'
import { endConnections } from './routes/http/connections.js'
import { registerCors } from './routes/http/cors.js'
import { HTTP_TIMEOUTS, addHttpTimeouts, unreadableAnswerer, type HttpTimeouts } from './routes/http/timeouts.js'
import { decorate } from './routes/decorators.js'
import { addAuthentication } from './routes/authentication-hook.js'
import { makeServer } from './routes/http/http-server.js'
import { imagePaths } from './routes/image-paths.js'
import { addLogging } from './routes/http/logging.js'
import { addOriginCheck } from './routes/http/origins.js'
import { addRefusals, recordRefusal, refuseUnreadable } from './routes/refusals.js'
import { addRoutes } from './routes/rest.js'
import { addRoot } from './routes/root.js'
import { addSystemRoutes } from './routes/system.js'
import { authenticator, registerTokens, tokenSigner } from './routes/tokens.js'
import { chooseProtocol, refuseStrayUpgrades } from './routes/http/upgrade.js'
import type { Services } from './model/services.js'

/** A frame of a client's may not be larger. */
const FRAME_BYTES = 1024 * 1024

/** The gateway, put together: the order of its parts, and nothing else. */
export async function buildApp (config: Config, services: Services, key: SigningKeys, log: FastifyBaseLogger, deadlines: HttpTimeouts = HTTP_TIMEOUTS): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify(serverOptions(config, log, deadlines))
  decorate(app, services)
  endConnections(app)
  addBodyParsers(app)
  // Before the authentication hook: else an upgrade that is refused leaks its socket.
  await app.register(websocket, {
    options: { maxPayload: FRAME_BYTES, perMessageDeflate: false, handleProtocols: chooseProtocol },
    // A frame that is refused is answered with a close code, which cutting the connection would take away again.
    errorHandler: (err, _socket, { log }) => { log.debug({ err }, 'a WebSocket failed') }
  })
  await registerTokens(app, key)
  app.decorate('tokens', tokenSigner(app))
  const authenticate = authenticator(app, key)
  await registerCors(app, config.origins)
  addLogging(app)
  addAuthentication(app, authenticate)
  refuseStrayUpgrades(app)
  addOriginCheck(app, config.origins)
  addHttpTimeouts(app, deadlines)
  addRefusals(app, operations)
  addSystemRoutes(app)
  addRoot(app, { withExamples: config.examples })
  addRoutes(app, operations)
  await registerGraphql(app, { registry: operations, contextOf: callOf, authenticate, onRefused: recordRefusal })
  await registerDocuments(app, operations, { withExamples: config.examples })
  return app
}

function serverOptions ({ tls, trustProxy }: Config, loggerInstance: FastifyBaseLogger, { lingerMs }: HttpTimeouts): FastifyServerOptions {
  const options = {
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    // A caller's own id would be a caller's own line in the log.
    requestIdHeader: false as const,
    genReqId: newId,
    trustProxy: trustProxy.length === 0 ? false : [...trustProxy],
    bodyLimit: 1024 * 1024,
    exposeHeadRoutes: false,
    frameworkErrors: refuseUnreadable,
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    rewriteUrl: imagePaths(operations),
    // Live streams would hold a shutdown up; they are told by the signal before.
    forceCloseConnections: true,
    serverFactory: (handler: RequestListener) => makeServer(handler, tls),
    clientErrorHandler: unreadableAnswerer(lingerMs)
  }
  // Fastify writes its address by this option; the server is ours.
  return (tls === undefined ? options : { ...options, https: tls }) as FastifyServerOptions
}
