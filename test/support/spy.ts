import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReadingSocket } from '../../src/engine/connection/agent.js'
import { RequestReader } from './request-reader.js'
import type { SeenRequest } from './request-reader.js'

export type { SeenRequest }

/** What stands between the gateway and a real engine and remembers what the engine was asked. */
export interface Spy {
  socketPath: string
  /** for `CAISSON_HOSTS` */
  url: string
  /** every request since the last `reset()`, in the order in which their heads arrived */
  requests: SeenRequest[]
  /** connections that were opened since the last `reset()` */
  readonly connections: number
  /** connections that are open now: what a stream holds on to */
  readonly open: number
  /** bytes from the gateway since the last `reset()`, whatever they were */
  readonly bytes: number
  reset (): void
  /** The host goes away: open connections are cut, new ones refused. */
  down (): Promise<void>
  /** It is back, at the same address, after `down()`, `hang()` or `mute()`. */
  up (): Promise<void>
  /** It accepts connections and passes nothing on, in either direction. Requests are still recorded. */
  hang (): void
  /** What matches it is asked, and does, and the answer never comes back. */
  mute (match: (request: SeenRequest) => boolean): void
  /** Resolves with the first request that matches, past or future: some are made behind an answer. */
  seen (match: (request: SeenRequest) => boolean): Promise<SeenRequest>
  close (): Promise<void>
}

/**
 * Passes bytes between clients and the engine at `engineSocketPath` as they are, so that nothing about streams,
 * hijacked connections or half-closed ones differs from talking to the engine, and reads along.
 */
export async function startSpy (engineSocketPath: string): Promise<Spy> {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-spy-'))
  const socketPath = join(folder, 'engine.sock')
  const news = new EventEmitter().setMaxListeners(0)
  const clients = new Set<Socket>()
  const remotes = new Set<Socket>()
  let hanging = false
  let isMuted = NOTHING
  let connections = 0
  let bytes = 0

  const server = createServer({ allowHalfOpen: true }, client => {
    connections++
    track(client, clients)
    // Reads to the end: a plain socket whose write fails forgets what the engine has said before it left.
    const remote = hanging ? undefined : new ReadingSocket({ allowHalfOpen: true }).connect({ path: engineSocketPath })
    const reader = new RequestReader(request => {
      spy.requests.push(request)
      if (remote !== undefined && isMuted(request)) silence(remote)
      news.emit('request')
    })
    client.on('data', chunk => {
      bytes += chunk.length
      reader.fromClient(chunk)
    })
    if (remote === undefined) return
    track(remote, remotes)
    remote.on('data', chunk => reader.fromEngine(chunk))
    couple(client, remote)
  })

  const listen = async (): Promise<void> => { await once(server.listen(socketPath), 'listening') }
  const cut = (): void => { for (const socket of [...clients, ...remotes]) socket.destroy() }

  const spy: Spy = {
    socketPath,
    url: `unix://${socketPath}`,
    requests: [],
    get connections () { return connections },
    get open () { return clients.size },
    get bytes () { return bytes },
    reset () {
      spy.requests.length = 0
      connections = bytes = 0
    },
    async down () {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
    async up () {
      // A call that was left hanging gets no answer any more, as from a host that was restarted.
      if (hanging || isMuted !== NOTHING) cut()
      hanging = false
      isMuted = NOTHING
      if (!server.listening) await listen()
    },
    hang () {
      hanging = true
      for (const socket of [...clients, ...remotes]) socket.unpipe()
      for (const client of clients) client.resume()
      for (const remote of remotes) remote.pause()
    },
    mute (match) { isMuted = match },
    async seen (match) {
      for (;;) {
        const found = spy.requests.find(match)
        if (found) return found
        await once(news, 'request')
      }
    },
    async close () {
      await spy.down()
      rmSync(folder, { recursive: true, force: true })
    }
  }
  await listen()
  return spy
}

function track (socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket)
  socket.on('error', () => {})
  socket.on('close', () => sockets.delete(socket))
}

const NOTHING: (request: SeenRequest) => boolean = () => false

function silence (remote: Socket): void {
  remote.unpipe()
  remote.pause()
}

/** `pipe` brings the back-pressure and passes an end on as an end; only a cut has to be passed on by hand. */
function couple (client: Socket, remote: Socket): void {
  client.pipe(remote)
  remote.pipe(client)
  client.on('close', () => remote.destroy())
  remote.on('close', () => client.destroySoon())
}
