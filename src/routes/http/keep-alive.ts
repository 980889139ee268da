import type { WebSocket } from 'ws'

/** How often a peer is asked whether it is still there. */
const PING_MS = 30_000

/**
 * Ends a socket whose peer has not answered the last ping: nothing else tells of a peer that vanished. While it is not
 * read, as what it sends is not taken, no answer can come; but a ping that cannot be delivered ends the connection.
 */
export function keepAlive (socket: WebSocket, pingMs = PING_MS): void {
  let answered = true
  const heard = () => { answered = true }
  socket.on('pong', heard).on('message', heard)
  const timer = setInterval(() => {
    if (socket.isPaused) { heard(); socket.ping(); return }
    if (!answered) { socket.terminate(); return }
    answered = false
    socket.ping()
  }, pingMs)
  socket.once('close', () => clearInterval(timer))
}
