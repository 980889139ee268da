import type { WebSocket } from 'ws'

/** How often a peer is asked whether it is still there. */
const PING_MS = 30_000

/** Ends a socket whose peer has not answered the last ping: nothing else tells of a peer that vanished. */
export function keepAlive (socket: WebSocket, pingMs = PING_MS): void {
  let answered = true
  socket.on('pong', () => { answered = true })
  const timer = setInterval(() => {
    if (!answered) { socket.terminate(); return }
    answered = false
    socket.ping()
  }, pingMs)
  socket.once('close', () => clearInterval(timer))
}
