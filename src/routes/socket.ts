import type { Readable } from 'node:stream'
import type { WebSocket } from 'ws'
import { kinds } from '../errors.js'
import type { Problem } from '../problem.js'
import { terminated } from '../operation/events.js'
import { keepAlive } from './keep-alive.js'

/** What may wait for a slow reader before the source is held up. */
const WAITING_BYTES = 1024 * 1024

interface Event { readonly type: string, readonly reason?: string, readonly problem?: Problem }

/**
 * Sends a stream of events as text messages. The socket's buffer holds the source up when the reader is slow; a peer
 * that leaves, or does not answer, lets go of the source.
 */
export function sendEvents (socket: WebSocket, events: Readable, call: { requestId: string, shutdown: AbortSignal }): void {
  const source = terminated(events, call)
  keepAlive(socket)
  socket.on('error', () => {})
  socket.once('close', () => { source.destroy() })
  if (socket.readyState !== socket.OPEN) { source.destroy(); return }
  source.on('data', (event: Event) => { send(socket, source, event) })
  source.once('close', () => { if (socket.readyState === socket.OPEN) socket.close(1011, 'cut off') })
}

function send (socket: WebSocket, source: Readable, event: Event): void {
  source.pause()
  socket.send(JSON.stringify(event), () => { if (socket.bufferedAmount < WAITING_BYTES) source.resume() })
  if (socket.bufferedAmount < WAITING_BYTES) source.resume()
  const close = closing(event)
  if (close !== undefined) socket.close(...close)
}

/** The end of a stream, as a close code: 4000 and the status for a failure, with the code as its reason. */
function closing ({ type, reason, problem }: Event): [code: number, reason: string] | undefined {
  if (type === 'error') return [4000 + kinds[problem?.code ?? 'internal'].status, problem?.code ?? 'internal']
  if (type === 'end') return reason === 'shutdown' ? [1012, 'shutdown'] : [1000, reason ?? 'complete']
}
