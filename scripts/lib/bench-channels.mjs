// What an echo takes through an attached channel, beside the same over the engine's own socket, in turns. For the benchmark.
import { once } from 'node:events'
import { request } from 'node:http'
import { ask, removeContainer } from './api.mjs'
import { beside, compare } from './bench-table.mjs'

const HEADER_BYTES = 8

/** @typedef {(text: string) => Promise<void>} Echo sends a line, and settles when it has come back */

/** @param {import('../bench.mjs').Bed} bed */
export async function * echoRows ({ engine, port, token }) {
  const container = async () => {
    const { Id: id } = await ask(engine, 'POST', '/containers/create', { json: { Image: engine.image, Cmd: ['cat'], OpenStdin: true, AttachStdin: true } })
    await ask(engine, 'POST', `/containers/${id}/start`)
    return id
  }
  const [one, other] = [await container(), await container()]
  const [gateway, direct] = [await throughGateway(port, token, one), await straight(engine.socketPath, other)]
  yield * beside('an echo through attach', await compare(2000, () => gateway('a line to be echoed\n'), () => direct('a line to be echoed\n')))
  await removeContainer(engine, one)
  await removeContainer(engine, other)
}

/** @param {number} port @param {string} token @param {string} id @returns {Promise<Echo>} */
async function throughGateway (port, token, id) {
  const { WebSocket } = await import('ws')
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/hosts/local/containers/${id}/attach`, { headers: { authorization: `Bearer ${token}` } })
  await once(socket, 'open')
  return echo(text => socket.send(text), take => socket.on('message', take))
}

/** @param {string} socketPath @param {string} id @returns {Promise<Echo>} */
async function straight (socketPath, id) {
  const outgoing = request({ socketPath, method: 'POST', path: `/containers/${id}/attach?stream=1&stdin=1&stdout=1`, headers: { Connection: 'Upgrade', Upgrade: 'tcp' } })
  outgoing.end()
  const [, socket] = await once(outgoing, 'upgrade')
  return echo(text => socket.write(text), take => socket.on('data', (/** @type {Buffer} */ data) => take(data.subarray(HEADER_BYTES))))
}

/**
 * One line at a time, so that what comes is what was sent.
 * @param {(text: string) => void} send
 * @param {(take: (data: Buffer) => void) => void} listen
 * @returns {Echo}
 */
function echo (send, listen) {
  let waiting = ''
  /** @type {() => void} */
  let came = () => {}
  listen(data => {
    waiting = waiting.slice(data.length)
    if (waiting === '') came()
  })
  return async text => {
    waiting = text
    await new Promise(resolve => {
      came = () => resolve(undefined)
      send(text)
    })
  }
}
