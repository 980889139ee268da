import type { OutgoingMessage } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CLIENT_BATCH, sendInBatches } from '../lib/batches.js'
import { stringifyJson } from '../lib/exact-json.js'
import { fillPath, type AnyOperation } from '../operation/define.js'
import { terminated } from '../operation/events.js'
import { breakOff, writableOf } from './http/http2.js'
import { closeSoon } from './goodbye.js'

interface Event { readonly type: string, readonly reason?: string, readonly cursor?: string, readonly text?: string }

/** How a stream of events is written. */
interface Format {
  readonly contentType: string
  write (event: Event): string
  /** Whether the format has no words for this end: the answer is then broken off, so that it can't be taken for whole. */
  breaksOff? (event: Event): boolean
}

const ndjson: Format = { contentType: 'application/x-ndjson', write: event => `${stringifyJson(event)}\n` }

/** No `event:` field: one called `error` would be taken for a broken connection. */
const sse: Format = {
  contentType: 'text/event-stream',
  write (event) {
    const id = event.type === 'end' ? 'end' : event.cursor
    return `${id === undefined ? '' : `id: ${id}\n`}data: ${stringifyJson(event)}\n\n`
  }
}

const plain: Format = {
  contentType: 'text/plain; charset=utf-8',
  write: ({ type, text = '' }) => type === 'log' ? `${text}\n` : '',
  breaksOff: ({ type, reason = '' }) => type === 'error' || (type === 'end' && ['shutdown', 'revoked'].includes(reason))
}

/** An unknown `Accept` gives NDJSON, never 406. */
function formatOf (operation: AnyOperation, accept = ''): Format {
  const wanted = accept.split(',').map(range => range.split(';')[0]?.trim().toLowerCase())
  const known = wanted.map(type => type === 'text/event-stream' ? sse : type === 'application/x-ndjson' ? ndjson : type === 'text/plain' && operation.plainText === true ? plain : undefined)
  return known.find(format => format !== undefined) ?? ndjson
}

/** Answers with what an operation gave back, by its shape. */
export async function answer (operation: AnyOperation, result: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { output } = operation
  if (output.shape === 'nothing') { await reply.code(204).send(); return }
  if (output.shape === 'value') { await sendValue(operation, result, request, reply); return }
  if (!(result instanceof Readable)) throw new Error(`${operation.name} gave back no stream`)
  if (output.shape === 'events') sendEvents(formatOf(operation, request.headers.accept), result, request, reply)
  else if (output.shape === 'bytes') stream(reply, output.contentType, result)
}

async function sendValue ({ location }: AnyOperation, result: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (location !== undefined) reply.code(201).header('Location', `/api/v1${fillPath(location, { ...request.params as object, ...result as object })}`)
  await reply.type('application/json').serializer(stringifyJson).send(result)
}

type Answer = OutgoingMessage | ServerHttp2Stream

/** A peer that vanished is found by the system: it is asked when it has been silent for so long. */
const SILENT_MS = 30_000
/** Whatever ends first, the reader or the source, takes the other with it. */
function sendEvents (format: Format, events: Readable, request: FastifyRequest, reply: FastifyReply): void {
  const raw = begin(reply, format.contentType)
  reply.raw.socket?.setKeepAlive(true, SILENT_MS)
  const source = terminated(events, { requestId: request.id, shutdown: request.server.shutdown, onForced: last => { sendLast(raw, format, last) } })
  raw.once('close', () => { source.destroy() })
  raw.on('drain', () => { source.resume() })
  source.on('data', (event: Event) => {
    if (format.breaksOff?.(event) === true) breakOff(raw)
    else if (!raw.write(format.write(event))) source.pause()
  })
  source.once('end', () => { raw.end() })
  source.once('close', () => { if (!raw.writableEnded) breakOff(raw) })
}

/** Nobody waits for this reader: it is told why, and is gone soon whether it reads that or not. */
function sendLast (raw: Answer, format: Format, last: Event): void {
  if (raw.destroyed || format.breaksOff?.(last) === true) { breakOff(raw); return }
  raw.end(format.write(last))
  closeSoon(raw, () => { breakOff(raw) })
}

/** Whatever ends first, the reader or the source, takes the other with it. */
function stream (reply: FastifyReply, contentType: string, source: Readable): void {
  sendInBatches(source, begin(reply, contentType), CLIENT_BATCH, () => { source.destroy() })
}

/** Headers go out at once, so that a reader of a quiet stream knows that it was accepted. */
function begin (reply: FastifyReply, contentType: string): Answer {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { ...headersOf(reply), 'Content-Type': contentType, 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
  raw.flushHeaders()
  return writableOf(raw)
}

const headersOf = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]))
