// The least that a gateway written for Node can do: reads nothing, checks nothing, passes everything on. The benchmark
// runs it as a process of its own, to tell what the gate costs from what a second hop costs.
//
//   node bench-bare-proxy.mjs SOCKET PORT
import { createServer, request } from 'node:http'
import { pipeline } from 'node:stream'

const [socketPath, port] = process.argv.slice(2)
const highWaterMark = 256 * 1024

createServer({ highWaterMark }, (incoming, outgoing) => {
  const { method, url: path, headers: { host: _host, ...headers } } = incoming
  const passed = request({ socketPath, method, path, headers, highWaterMark, agent: false }, answer => {
    outgoing.writeHead(answer.statusCode ?? 502)
    pipeline(answer, outgoing, () => {})
  })
  pipeline(incoming, passed, () => {})
}).listen(Number(port), '127.0.0.1', () => { process.send?.('ready') })
