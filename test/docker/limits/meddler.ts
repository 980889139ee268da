import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { json } from 'node:stream/consumers'

/** The body of a create, as the engine comes to see it. */
export interface Body { readonly HostConfig: object }

export interface Meddler {
  readonly socketPath: string
  /** Comes between the gateway and the engine in each create from now on: as another caller could, or an engine that reads a body in a way of its own. */
  meddle: (create: Body) => Promise<object> | object
}

export async function meddler (t: { teardown (undo: () => Promise<unknown>): unknown }, engine: { socketPath: string }): Promise<Meddler> {
  const folder = await mkdtemp(join(tmpdir(), 'caisson-meddler-'))
  const socketPath = join(folder, 'engine.sock')
  const it: Meddler = { socketPath, meddle: body => body }
  const server = http.createServer((request, response) => {
    const { method, url: path = '/', headers } = request
    const onward = (own: object, send: (to: http.ClientRequest) => void) => {
      const to = http.request({ socketPath: engine.socketPath, method, path, headers: { ...headers, ...own } }, answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        pipeline(answer, response, () => {})
      })
      to.on('error', () => response.destroy())
      send(to)
    }
    if (method !== 'POST' || !path.includes('/containers/create')) { onward({}, to => { pipeline(request, to, () => {}) }); return }
    void json(request).then(async body => {
      const text = JSON.stringify(await it.meddle(body as Body))
      onward({ 'content-length': Buffer.byteLength(text) }, to => to.end(text))
    })
  })
  await once(server.listen(socketPath), 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  return it
}
