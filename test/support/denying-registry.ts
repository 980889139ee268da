import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { beside } from './registry.js'

/** Answers as a registry does that knows who it is, and lets them do nothing. */
const DENIES = `
const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }] })
require('http').createServer((request, response) => {
  if (request.url === '/v2/') response.writeHead(200, { 'Docker-Distribution-Api-Version': 'registry/2.0' }).end('{}')
  else if (request.method === 'HEAD' && request.url.includes('/blobs/')) response.writeHead(404).end()
  else response.writeHead(403, { 'content-type': 'application/json' }).end(body)
}).listen(5003, '127.0.0.1', () => console.log('ready'))`

/** Where the registry is, seen from the engine. */
export const DENYING = 'localhost:5003'

/** A registry where one may not: every pull and push is denied. */
export async function startDenyingRegistry (t: { teardown (undo: () => void): unknown }, engine: Parameters<typeof beside>[0]): Promise<void> {
  const registry = spawn(...beside(engine, process.execPath, '-e', DENIES), { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { registry.kill() })
  await once(registry.stdout, 'data')
}
