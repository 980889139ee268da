import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'

/** A real engine whose answers to some requests come late, as on a machine that has much to do. */
export async function answeringLate (t: { teardown (undo: () => Promise<unknown>): unknown }, engine: { socketPath: string }, isLate: (path: string) => boolean, delayMs: number): Promise<{ socketPath: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'caisson-late-'))
  const socketPath = join(folder, 'engine.sock')
  const server = http.createServer((request, response) => {
    const { method, url: path = '/', headers } = request
    const onward = http.request({ socketPath: engine.socketPath, method, path, headers }, answer => {
      setTimeout(() => {
        response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders()
        pipeline(answer, response, () => {})
      }, isLate(path) ? delayMs : 0)
    })
    response.on('close', () => { onward.destroy() })
    pipeline(request, onward, () => {})
  })
  await once(server.listen(socketPath), 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  return { socketPath }
}
