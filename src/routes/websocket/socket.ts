import type { Readable } from 'node:stream'
import type { WebSocket } from 'ws'
import { kinds } from '../../lib/errors.js'
import { stringifyJson } from '../../lib/exact-json.js'
import type { Problem } from '../../lib/problem.js'
import { terminated } from '../../operation/events.js'
import { keepAlive } from '../http/keep-alive.js'
import { closeSoon } from '../goodbye.js'

/** What may wait for a slow reader in the socket; what it lags behind more is the stream's to hold or to drop. */
const WAITING_BYTES = 64 * 1024
interface Event { readonly type: string, readonly reason?: string, readonly problem?: Problem }

/**
 * Sends a stream of events as text messages. The socket's buffer holds the source up when the reader is slow; a peer
 * that leaves, or does not answer, lets go of the source.
 */
export function sendEvents (socket: WebSocket, events: Readable, call: { requestId: string, shutdown: AbortSignal }): void {
  const source = terminated(events, { ...call, onForced: last => { sendLast(socket, last) } })
  keepAlive(socket)
  socket.on('error', () => {})
  socket.once('close', () => { source.destroy() })
  if (socket.readyState !== socket.OPEN) { source.destroy(); return }
  source.on('data', (event: Event) => { send(socket, source, event) })
  source.once('close', () => { if (socket.readyState === socket.OPEN) socket.close(1011, 'cut off') })
}

function send (socket: WebSocket, source: Readable, event: Event): void {
  socket.send(stringifyJson(event), () => { if (source.isPaused() && socket.bufferedAmount < WAITING_BYTES) source.resume() })
  if (socket.bufferedAmount >= WAITING_BYTES) source.pause()
  const close = closing(event)
  if (close !== undefined) socket.close(...close)
}

/** Nobody waits for this peer: it is told why, and is gone soon whether it reads that or not. */
function sendLast (socket: WebSocket, last: Event): void {
  if (socket.readyState !== socket.OPEN) return
  socket.send(stringifyJson(last), () => {})
  socket.close(...closing(last) ?? [1011, 'cut off'])
  closeSoon(socket, () => { socket.terminate() })
}

export type Close = readonly [code: number, reason: string]

/** What is not over because it came to its end, but because it is not there or not allowed any more. */
const ENDS: Readonly<Record<string, Close>> = { shutdown: [1012, 'shutdown'], removed: [4404, 'not-found'], revoked: [4403, 'forbidden'] }

/** The end of a stream, as a close code: 4000 and the status for a failure, with the code as its reason. */
function closing ({ type, reason = 'complete', problem }: Event): Close | undefined {
  if (type === 'error') return [4000 + kinds[problem?.code ?? 'internal'].status, problem?.code ?? 'internal']
  if (type === 'end') return closeOf(reason)
}

/** The close code of an end that is no failure. */
export const closeOf = (reason: string): Close => ENDS[reason] ?? [1000, reason]
