import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { ADMIN_PASSWORD, startGateway } from '../support/gateway.js'

const folder = await mkdtemp(join(tmpdir(), 'caisson-unix-'))
t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })

t.test('who comes over a unix socket has no address, and is let in all the same', async t => {
  const { app, services } = await startGateway(t)
  const socketPath = join(folder, 'gate.sock')
  // Beside the listener that the bed has opened already.
  const server = createServer((incoming, outgoing) => { app.routing(incoming, outgoing) }).listen(socketPath)
  t.teardown(async () => { server.close() })
  const send = async (method: string, path: string, headers: Record<string, string>, body?: object) => await new Promise<{ status?: number, body: Record<string, string> }>((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers: { ...headers, 'content-type': 'application/json' } }, (answer: IncomingMessage) => {
      text(answer).then(found => { resolve({ status: answer.statusCode, body: JSON.parse(found) }) }, reject)
    })
    outgoing.once('error', reject).end(JSON.stringify(body))
  })
  const { status, body } = await send('POST', '/api/v1/auth/login', {}, { username: 'admin', password: ADMIN_PASSWORD })
  t.equal(status, 200)
  t.match(await send('GET', '/api/v1/auth/me', { authorization: `Bearer ${body.accessToken}` }), { status: 200, body: { username: 'admin' } })
  await services.journal.flush()
  t.match((await services.journal.list({ limit: 1 })).items, [{ client: { address: 'unix' } }])
})
