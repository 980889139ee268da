import type { FastifyBaseLogger } from 'fastify'
import type { RawData, WebSocket } from 'ws'
import { Failure, failureOf, invalidInput } from '../../lib/errors.js'
import type { Channel, ChannelEnd, ChannelEvent, TerminalSize } from '../../model/channel.js'
import { problemOf } from '../../lib/problem.js'
import { protocolOf, type Command, type Protocol } from './channel-protocols.js'
import { keepAlive } from '../http/keep-alive.js'
import { closeOf, type Close } from './socket.js'
import { WriteTimeout } from '../write-timeout.js'

/** What may wait for a slow client before reading from the engine stops. */
const WAITING_BYTES = 256 * 1024

interface ChannelCall {
  readonly requestId: string
  readonly shutdown: AbortSignal
  readonly log: FastifyBaseLogger
  /** How long a client may take nothing. */
  readonly takeMs: number
}

/** Joins a WebSocket and a channel, until one of them ends. Neither is read faster than the other takes. */
export function serveChannel (socket: WebSocket, channel: Channel, call: ChannelCall): void {
  const bridge = new Bridge(socket, channel, call)
  bridge.open()
}

class Bridge {
  readonly #protocol: Protocol
  readonly #taking: WriteTimeout
  readonly #resizing: Resizing | null
  #isOver = false

  constructor (private readonly socket: WebSocket, private readonly channel: Channel, private readonly call: ChannelCall) {
    this.#protocol = protocolOf(socket.protocol)
    this.#taking = new WriteTimeout(socket, () => { this.#fail(new Failure('too-slow', 'the client took nothing for too long')) }, call.takeMs)
    this.#resizing = channel.resize === null ? null : new Resizing(channel.resize)
  }

  open (): void {
    const { socket, channel, call: { shutdown } } = this
    const stop = () => { this.#end({ reason: 'shutdown' }, closeOf('shutdown')); channel.destroy() }
    socket.on('error', () => {})
    socket.once('close', () => { shutdown.removeEventListener('abort', stop); channel.destroy() })
    if (socket.readyState !== socket.OPEN) { channel.destroy(); return }
    if (channel.destroyed) { this.#closed(channel.errored); return }
    keepAlive(socket)
    if (shutdown.aborted) { stop(); return }
    shutdown.addEventListener('abort', stop, { once: true })
    socket.on('message', (data, isBinary) => { this.#heard(data, isBinary) })
    channel.once('error', error => { this.#closed(error) }).once('close', () => { this.#closed(null) })
    channel.on('data', (event: ChannelEvent) => { this.#told(event) })
  }

  #told (event: ChannelEvent): void {
    if (event.type === 'end') {
      this.#end(statusOf(event), closeOf(event.reason === 'exited' ? `exit ${event.exitCode}` : event.reason))
      return
    }
    if (event.type === 'output') this.#send(this.#protocol.output(event))
    else this.#tellStatus({ dropped: event.count })
  }

  #send (data: Buffer): void {
    const { socket, channel } = this
    this.#taking.send(data, () => { if (channel.isPaused() && socket.bufferedAmount <= WAITING_BYTES) channel.resume() })
    if (socket.bufferedAmount > WAITING_BYTES) channel.pause()
  }

  #heard (data: RawData, isBinary: boolean): void {
    if (this.#isOver) return
    try { this.#obey(this.#protocol.read(bytesOf(data), isBinary)) } catch (error) { this.#fail(failureOf(error)) }
  }

  #obey (command: Command): void {
    const { channel: { input } } = this
    if (command.type === 'resize') {
      if (this.#resizing === null) throw invalidInput('this channel has no terminal that could be resized')
      this.#resizing.to(command.size)
      return
    }
    if (input === null) throw invalidInput('this channel takes no input: it was opened without stdin')
    if (command.type === 'close') { input.end(); return }
    if (input.writableEnded) throw invalidInput('the input of this channel was closed: nothing can follow')
    if (!input.write(command.data)) this.#holdUp(input)
  }

  /** The client is not read until what it sent is taken. */
  #holdUp (input: NonNullable<Channel['input']>): void {
    this.socket.pause()
    input.once('drain', () => { this.socket.resume() })
  }

  /** The channel is over, and said no end of its own. */
  #closed (error: Error | null): void {
    if (error !== null) this.#fail(failureOf(error))
    else this.#end({}, [1011, 'cut off'])
  }

  #fail (failure: Failure): void {
    const { requestId, log } = this.call
    if (!this.#isOver && failure.status >= 500) log.warn({ code: failure.code, err: failure.cause ?? failure }, 'a channel failed')
    this.#end({ problem: problemOf(failure, requestId) }, [4000 + failure.status, failure.code])
    this.channel.destroy(failure)
  }

  #tellStatus (status: object): void {
    const message = this.#protocol.status(status)
    if (message !== undefined) this.socket.send(message, { binary: true })
  }

  #end (status: object, close: Close): void {
    if (this.#isOver) return
    this.#isOver = true
    const { socket } = this
    this.#tellStatus(status)
    this.#taking.stop()
    // What the client answers has to be heard.
    socket.resume()
    socket.close(...close)
  }
}

/** One at a time, and of those that come meanwhile the last. What the engine says to it is not of interest: the end is told apart. */
class Resizing {
  #next: TerminalSize | undefined
  #isBusy = false

  constructor (private readonly resize: NonNullable<Channel['resize']>) {}

  to (size: TerminalSize): void {
    this.#next = size
    if (!this.#isBusy) void this.#work()
  }

  async #work (): Promise<void> {
    this.#isBusy = true
    for (let size = this.#take(); size !== undefined; size = this.#take()) await this.resize(size).catch(() => {})
    this.#isBusy = false
  }

  #take (): TerminalSize | undefined {
    const size = this.#next
    this.#next = undefined
    return size
  }
}

const statusOf = ({ reason, exitCode }: ChannelEnd): object => reason === 'exited' ? { exitCode } : { reason, ...(exitCode === undefined ? {} : { exitCode }) }

const bytesOf = (data: RawData): Buffer => Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
