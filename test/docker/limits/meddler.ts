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
  /** Once the engine has made it: whether the gateway is answered; else the connection breaks, or it is told a status of something in between. */
  answers: () => Promise<boolean | number> | boolean | number
  /** Whether containers can be removed. */
  removes: boolean
}

export async function meddler (t: { teardown (undo: () => Promise<unknown>): unknown }, engine: { socketPath: string }): Promise<Meddler> {
  const folder = await mkdtemp(join(tmpdir(), 'caisson-meddler-'))
  const socketPath = join(folder, 'engine.sock')
  const it: Meddler = { socketPath, meddle: body => body, answers: () => true, removes: true }
  const server = http.createServer((request, response) => {
    const { method, url: path = '/', headers } = request
    const onward = (own: object, send: (to: http.ClientRequest) => void, answers: Meddler['answers'] = () => true) => {
      const to = http.request({ socketPath: engine.socketPath, method, path, headers: { ...headers, ...own } }, answer => {
        void Promise.resolve(answers()).then(is => {
          if (is === false) { response.destroy(); return }
          if (typeof is === 'number') { response.writeHead(is).end(); return }
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          pipeline(answer, response, () => {})
        })
      })
      to.on('error', () => response.destroy())
      send(to)
    }
    if (method === 'DELETE' && !it.removes) { response.writeHead(500).end('{"message":"it is busy"}'); return }
    if (method !== 'POST' || !path.includes('/containers/create')) { onward({}, to => { pipeline(request, to, () => {}) }); return }
    void json(request).then(async body => {
      const text = JSON.stringify(await it.meddle(body as Body))
      onward({ 'content-length': Buffer.byteLength(text) }, to => to.end(text), it.answers)
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
