import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { inspect } from 'node:util'
import { ConnectTimeout } from './errors.js'

/** How long a connection may take: a host that is down is to be told within two seconds. */
const CONNECT_MS = 1500
/** After how long without a byte the system asks whether the other side is there. */
const KEEP_ALIVE_MS = 30_000

type Connected = (error: Error | null, stream: Duplex) => void

/** Gives up on a connection that does not come. */
export class EngineAgent extends http.Agent {
  /** Told when the other side has ended or cut a connection. */
  onClosed: () => void = () => {}

  override createConnection (options: http.ClientRequestArgs, callback?: Connected): net.Socket {
    const socket = this.connect(options, callback)
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout('no connection in time')), CONNECT_MS)
    // A host that loses its power says nothing: the system finds out.
    socket.setKeepAlive(true, KEEP_ALIVE_MS).once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
    socket.once('end', () => this.onClosed()).once('error', error => { if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') this.onClosed() })
    return socket
  }

  protected connect (options: http.ClientRequestArgs, callback?: Connected): net.Socket {
    return super.createConnection(options, callback) as net.Socket
  }

  /** docker-modem inspects its options, agent and all, for a disabled debug log at every request. */
  [inspect.custom] () { return 'EngineAgent' }
}

/** For connections that are given over to bare bytes. */
export class HijackAgent extends EngineAgent {
  protected override connect (options: http.ClientRequestArgs): net.Socket {
    return new ReadingSocket({ allowHalfOpen: true }).connect(options as net.NetConnectOpts)
  }
}

/**
 * Reads to the end, whatever becomes of what it writes. A process may end without having read all of its input; a
 * plain socket is destroyed by the write that then fails, with all that the process wrote and nobody has read yet.
 * That the other side is gone shows by reading as well.
 */
export class ReadingSocket extends net.Socket {
  override _write (chunk: unknown, encoding: BufferEncoding, done: () => void): void {
    super._write(chunk, encoding, () => { done() })
  }

  override _writev (chunks: Array<{ chunk: unknown, encoding: BufferEncoding }>, done: () => void): void {
    super._writev?.(chunks, () => { done() })
  }
}
