import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import t from 'tap'
import { ChannelClient, RAW, channelBed } from '../test/channels/bed.js'
import { startGateway } from '../test/support/gateway.js'

const GIBIBYTE = 1024 ** 3
const CHUNK = 512 * 1024
t.setTimeout(900_000)

const gateway = await startGateway(t)
const { container, exec } = channelBed(gateway)
const id = await container(t, { command: ['sleep', '3600'] })
/** In the bytes' own process: what the gateway holds would show here. */
const memory = () => process.memoryUsage().rss / 1024 ** 2

/** The same bytes on both sides, without keeping them. */
function * bytes (total: number): Generator<Buffer> {
  let state = createHash('sha512').update('seed').digest()
  for (let sent = 0; sent < total; sent += CHUNK) {
    state = createHash('sha512').update(state).digest()
    yield Buffer.alloc(Math.min(CHUNK, total - sent), state)
  }
}

for (const [what, command, gibibytes, spec] of [
  ['without a terminal', ['cat'], 2, {}],
  ['with a terminal', ['sh', '-c', 'stty raw -echo; echo ready; exec cat'], 1, { tty: true }]
] as const) {
  t.test(`${gibibytes} GiB there and back, ${what}`, async t => {
    const total = gibibytes * GIBIBYTE
    const channel = await ChannelClient.open(gateway.admin, `/hosts/local/exec/${await exec(id, [...command], spec)}/attach`, RAW)
    if ('tty' in spec) await channel.says(/ready/)
    channel.socket.removeAllListeners('message')
    const [sent, received] = [createHash('sha256'), createHash('sha256')]
    const before = memory()
    let most = before
    let left = total
    const back = new Promise<void>(resolve => {
      channel.socket.on('message', (data: Buffer) => {
        received.update(data)
        left -= data.length
        most = Math.max(most, memory())
        if (left <= 0) resolve()
      })
    })
    for (const chunk of bytes(total)) await send(channel, chunk, sent)
    await back
    t.equal(left, 0)
    t.equal(received.digest('hex'), sent.digest('hex'))
    t.ok(most - before < 200, `grew by ${Math.round(most - before)} MiB`)
    channel.socket.close()
    await once(channel.socket, 'close')
  })
}

/** As fast as it is taken. */
async function send ({ socket }: ChannelClient, chunk: Buffer, hash: Hash): Promise<void> {
  hash.update(chunk)
  await new Promise(resolve => socket.send(chunk, resolve))
}
