import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { beside } from './registry.js'

const SLOW = `
const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: ['sha256:' + 'a'.repeat(64)] } })
const digest = 'sha256:' + require('crypto').createHash('sha256').update(config).digest('hex')
const kind = 'application/vnd.docker.distribution.manifest.v2+json'
const manifest = JSON.stringify({ schemaVersion: 2, mediaType: kind, config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: config.length, digest },
  layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: 1e9, digest: 'sha256:' + 'b'.repeat(64) }] })
require('http').createServer((request, response) => {
  if (request.url.includes('/manifests/')) response.writeHead(200, { 'content-type': kind, 'content-length': manifest.length }).end(request.method === 'HEAD' ? undefined : manifest)
  else if (request.url.includes(digest)) response.end(config)
  else if (!request.url.includes('/blobs/')) response.end('{}')
  else {
    response.writeHead(200, { 'content-length': 1e9 })
    const timer = setInterval(() => response.write(Buffer.alloc(1e6)), 100)
    response.on('close', () => { clearInterval(timer); console.log('left') })
  }
}).listen(5002, '127.0.0.1', () => console.log('ready'))`

/** An image whose pull never ends. */
export const ENDLESS = 'localhost:5002/slow:1'

/** A registry with one image whose layer never ends; it says `left` when somebody gives up on it. */
export async function startSlowRegistry (t: { teardown (undo: () => void): unknown }, engine: Parameters<typeof beside>[0]): Promise<{ readonly told: string }> {
  const registry = spawn(...beside(engine, process.execPath, '-e', SLOW), { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { registry.kill() })
  let told = ''
  registry.stdout.on('data', chunk => { told += String(chunk) })
  await once(registry.stdout, 'data')
  return { get told () { return told } }
}
