import type { WebSocket } from 'ws'

/** Sends, and watches that what is sent is taken: a peer that takes nothing for too long is told of, once. */
export class WriteTimeout {
  #timer: NodeJS.Timeout | undefined

  constructor (private readonly socket: WebSocket, private readonly tooSlow: () => void, private readonly ms: number) {
    socket.once('close', () => { this.stop() })
  }

  send (data: Buffer, taken: () => void): void {
    this.#timer ??= setTimeout(this.tooSlow, this.ms)
    this.socket.send(data, { binary: true }, () => {
      if (this.socket.bufferedAmount === 0) this.stop()
      else this.#timer?.refresh()
      taken()
    })
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
