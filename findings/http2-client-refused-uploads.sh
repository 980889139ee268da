#!/bin/sh
# Node.js 20: an HTTP/2 client keeps paying for uploads that a server refused.
#
# What was expected: a request that is over costs its session nothing.
# What happens: the unsent rest of each refused upload stays counted against the client's own `maxSessionMemory` (10 MB)
# for as long as the session lives. With uploads of 4 MB the third fails in the client with NGHTTP2_ENHANCE_YOUR_CALM,
# though the server refused all of them alike, in order, with a 403 and without an error. A server sees nothing of it.
# Way around: a larger `maxSessionMemory` in the client, or a new session.
# Seen with: Node.js v20.20.2 on Linux.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/run.mjs" <<'JS'
import { connect, createServer } from 'node:http2'
import { once } from 'node:events'

const server = createServer()
server.on('stream', stream => {
  stream.on('error', () => {})
  stream.respond({ ':status': 403 })
  stream.end('no')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

async function upload (session) {
  const request = session.request({ ':method': 'POST', ':path': '/' })
  const failed = new Promise(resolve => request.on('error', error => resolve(error.message)))
  const answered = once(request, 'response').then(([headers]) => String(headers[':status']), () => failed)
  request.resume()
  request.end(Buffer.alloc(4 * 1024 * 1024))
  const said = await Promise.race([answered, failed])
  await new Promise(resolve => { request.closed ? resolve() : request.once('close', resolve); setTimeout(() => request.close(), 300) })
  return said
}
async function uploads (options) {
  const session = connect(`http://127.0.0.1:${server.address().port}`, options)
  session.on('error', () => {})
  const said = []
  for (let count = 0; count < 4; count++) said.push(await upload(session).catch(error => error.code))
  session.destroy()
  return said
}
console.log('default          ', (await uploads({})).join(' | '))
console.log('maxSessionMemory ', (await uploads({ maxSessionMemory: 1000 })).join(' | '))
process.exit()
JS
node --version
node "$folder/run.mjs" | tee "$folder/out"
grep -q '^default .*403 | .*ENHANCE_YOUR_CALM' "$folder/out"
grep -q '^maxSessionMemory  403 | 403 | 403 | 403$' "$folder/out"
echo 'as described'
