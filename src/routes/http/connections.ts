import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How long clients may take to answer a goodbye when the gateway shuts down. */
const GOODBYE_MS = 2000

/**
 * Ends with the gateway every connection there is. Node ends those of HTTP by itself; a WebSocket whose client does not
 * answer the close frame, or one in the middle of its upgrade, would hold the shutdown up.
 */
export function endConnections (app: FastifyInstance): void {
  const open = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => { open.delete(socket) })
  })
  app.addHook('preClose', async () => {
    const timer = setTimeout(() => { for (const socket of open) socket.destroy() }, GOODBYE_MS)
    app.server.once('close', () => { clearTimeout(timer) })
  })
}
