import { IncomingMessage } from 'node:http'

/**
 * A request of HTTP/1.1, for which `upgrade` means that it asks for a WebSocket. A server need not honour an `Upgrade`
 * (RFC 9110, 7.8): whatever else is asked for, as HTTP/2 by `h2c`, is ignored, and the request answered like any other.
 * Node asks a server for this by `shouldUpgradeCallback`, but not before Node 24.
 */
export class WebSocketRequest extends IncomingMessage {
  #asked = false

  /** Set by Node's parser where there are `Upgrade` and `Connection: upgrade`; read by its server. */
  get upgrade (): boolean {
    return this.#asked && this.method === 'GET' && this.headers.upgrade?.toLowerCase() === 'websocket'
  }

  // Node's own constructor sets it, before there is a private field.
  set upgrade (asked: boolean | null) {
    if (asked !== null) this.#asked = asked
  }
}
