import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { WebSocket } from 'ws'
import { Failure } from '../lib/errors.js'
import { isChannel } from '../model/channel.js'
import { startJob } from '../jobs/start.js'
import type { AnyOperation } from '../operation/define.js'
import { invoke } from '../operation/invoke.js'
import { offeredOn, pathsOf, type Registry } from '../operation/registry.js'
import { answer } from './answers.js'
import { callOf } from './call.js'
import { compressing, isCheap } from './http/compression.js'
import { serveChannel } from './websocket/channel.js'
import { inputOf } from './input.js'
import { fileName } from './file-name.js'
import { answerJob, wantsJob } from './jobs.js'
import { keyIn } from './key.js'
import { sendEvents } from './websocket/socket.js'
import { refuseUpgrade } from './http/upgrade.js'

/** Where the operations' own paths begin. */
export const PREFIX = '/api/v1'

/** A route for each address of each operation; what it does is the operation's business. */
export function addRoutes (app: FastifyInstance, registry: Registry): void {
  for (const operation of registry) {
    if (!offeredOn(operation, 'rest')) continue
    for (const path of pathsOf(operation)) app.route(routeOf(operation, path))
  }
}

function routeOf (operation: AnyOperation, path: string): RouteOptions {
  const route = {
    method: operation.method,
    url: PREFIX + path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: operation.bodyBytes,
    exposeHeadRoute: isCheap(operation),
    config: { operation, path, public: operation.permission === 'public' },
    preParsing: async (request: FastifyRequest) => { refuseType(operation, request) },
    preValidation: async (request: FastifyRequest) => { refuseMedia(operation, request) },
    handler: async (request: FastifyRequest, reply: FastifyReply) => { await callRest(operation, path, request, reply) }
  }
  return { ...route, ...compressing(operation), ...(isLive(operation) ? liveHooks(operation, path) : {}) }
}

/** What also speaks WebSocket at its own address. */
const isLive = ({ output, class: kind }: AnyOperation): boolean => output.shape === 'channel' || (output.shape === 'events' && kind === 'read')

async function callRest (operation: AnyOperation, path: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (operation.output.shape === 'channel') throw new Failure('upgrade-required', 'this address speaks WebSocket only: connect to it with an upgrade')
  const upload = operation.upload === undefined ? undefined : request.body instanceof Readable ? request.body : undefined
  const call = { ...callOf(request, 'rest'), upload, idempotencyKey: keyIn(request) }
  const input = () => inputOf(operation, path, request)
  if (wantsJob(operation, request)) { await answerJob(await startJob(operation, input, call), reply); return }
  const result = await invoke(operation, input, call)
  if (sawTheEnd(operation, request)) { await dismiss(result, reply); return }
  if (operation.output.shape === 'bytes') reply.header('Content-Disposition', `attachment; filename="${fileName(operation, input())}"`)
  await answer(operation, result, request, reply)
}

/** An EventSource that has seen the last event of a read asks again all the same. */
const sawTheEnd = (operation: AnyOperation, { headers }: FastifyRequest): boolean => isLive(operation) && headers['last-event-id'] === 'end'

/** 204 tells an EventSource to stop asking; it has come through `invoke()` like any other call. */
async function dismiss (result: unknown, reply: FastifyReply): Promise<void> {
  if (result instanceof Readable) result.destroy()
  await reply.code(204).send()
}

/** For peers that can't be asked because they are not read. */
const TCP_KEEP_ALIVE_MS = 30_000

/** The engine's stream is opened before the 101: whatever is refused is refused with an HTTP answer. */
function liveHooks (operation: AnyOperation, path: string): Pick<RouteOptions, 'preHandler' | 'wsHandler'> {
  return {
    preHandler: async request => {
      if (!request.ws) return
      refuseUpgrade(operation, request)
      const result = await invoke(operation, () => inputOf(operation, path, request), { ...callOf(request, 'ws'), idempotencyKey: keyIn(request) })
      if (!(result instanceof Readable)) throw new Error(`${operation.name} gave back no stream`)
      request.opened = result
      request.raw.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS).once('close', () => result.destroy())
      if (request.raw.socket.destroyed) result.destroy()
    },
    wsHandler: (socket: WebSocket, request: FastifyRequest) => {
      const { opened, id: requestId, log, server: { shutdown, deadlines: { takeMs } } } = request
      if (opened === null) { socket.close(1011); return }
      if (isChannel(opened)) serveChannel(socket, opened, { requestId, shutdown, log, takeMs })
      else sendEvents(socket, opened, { requestId, shutdown })
    }
  }
}

/** Clients have several names for what is a tar, and some have none: what it is, its bytes tell. */
const typesOf = (upload: string): string[] => upload === 'application/x-tar' ? [upload, 'application/tar', 'application/octet-stream'] : [upload]

/** What is uploaded is looked at by its type before a byte of it is read. */
function refuseType ({ upload, name }: AnyOperation, request: FastifyRequest): void {
  if (upload === undefined) return
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && !typesOf(upload).includes(type)) throw new Failure('unsupported-media-type', `${name} takes a body of type ${upload}, as it is and not compressed`)
}

/** A body of the wrong kind is refused before anything is done with it. */
function refuseMedia ({ upload, name }: AnyOperation, request: FastifyRequest): void {
  if (request.ws) return
  // Over HTTP/2 an upload may come with neither length nor type.
  if (upload !== undefined) request.body ??= request.bodyRead
  else if (request.body instanceof Readable) throw new Failure('unsupported-media-type', `${name} takes a body of type application/json`)
}
