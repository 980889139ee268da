import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { endOf, type Client } from '../support/client.js'
import { image } from '../support/engines.js'
import type { Gateway } from '../support/gateway.js'

export const FRAMED = 'channel.caisson.v1'
export const RAW = 'raw.caisson.v1'

/** A client's end of a channel. */
export class ChannelClient {
  readonly socket: WebSocket
  readonly ended: ReturnType<typeof endOf>
  readonly statuses: Array<Record<string, any>> = []
  readonly #output: Record<1 | 2, Buffer[]> = { 1: [], 2: [] }

  constructor (client: Client, path: string, readonly protocol: string = FRAMED) {
    this.socket = client.socket(path, { protocols: protocol === '' ? [] : [protocol] })
    this.ended = endOf(this.socket).catch(() => ({ code: 1006, reason: '' }))
    this.socket.on('error', () => {})
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) throw new Error('channels have binary messages only')
      if (protocol !== FRAMED) this.#output[1].push(data)
      else if (data[0] === 3) this.statuses.push(JSON.parse(String(data.subarray(1))))
      else this.#output[data[0] as 1 | 2].push(data.subarray(1))
    })
  }

  static async open (client: Client, path: string, protocol?: string): Promise<ChannelClient> {
    const channel = new ChannelClient(client, path, protocol)
    const refused = channel.ended.then(({ code, reason }) => { throw new Error(`${path}: ${code} ${reason}`) })
    await Promise.race([once(channel.socket, 'open'), refused])
    refused.catch(() => {})
    return channel
  }

  get stdout (): Buffer { return Buffer.concat(this.#output[1]) }
  get stderr (): Buffer { return Buffer.concat(this.#output[2]) }
  get received (): number { return this.#output[1].reduce((sum, { length }) => sum + length, 0) }

  write (data: string | Buffer): void { this.socket.send(this.protocol === FRAMED ? Buffer.concat([Buffer.of(0), Buffer.from(data)]) : data) }
  resize (size: unknown): void { this.socket.send(Buffer.concat([Buffer.of(4), Buffer.from(typeof size === 'string' ? size : JSON.stringify(size))])) }
  closeInput (): void { this.socket.send(Buffer.of(5)) }

  /** When the output has what is looked for. */
  async says (wanted: RegExp): Promise<string> {
    for (;;) {
      const text = this.stdout.toString('latin1')
      if (wanted.test(text)) return text
      const over = await Promise.race([once(this.socket, 'message').then(() => false), this.ended.then(() => true)])
      if (over && !wanted.test(this.stdout.toString('latin1'))) throw new Error(`it ended without ${String(wanted)}: ${this.stdout.toString('latin1').slice(-500)}`)
    }
  }
}

/** Waits for what comes true sooner or later, on a slow machine later. */
export async function until (isSo: () => boolean | Promise<boolean>, seconds = 20): Promise<boolean> {
  for (const begun = Date.now(); Date.now() - begun < seconds * 1000; await sleep(25)) if (await isSo()) return true
  return false
}

let made = 0

/** Containers and execs for channels. */
export function channelBed ({ admin, services }: Gateway) {
  const container = async (t: Pick<Test, 'teardown'>, spec: object): Promise<string> => {
    const { status, body, text } = await admin.post('/hosts/local/containers/run', { image, name: `channels-${process.pid}-${made++}`, ...spec })
    if (status !== 201) throw new Error(text)
    t.teardown(async () => { await admin.delete(`/hosts/local/containers/${body.id}?force=true`) })
    return body.id
  }
  const exec = async (id: string, command: string | string[], spec: object = {}, client = admin): Promise<string> => {
    const { status, body, text } = await client.post(`/hosts/local/containers/${id}/exec`, { command: typeof command === 'string' ? ['sh', '-c', command] : command, interactive: true, ...spec })
    if (status !== 200) throw new Error(text)
    return body.execId
  }
  return {
    container,
    exec,
    attach: async (id: string, query = '', protocol?: string) => await ChannelClient.open(admin, `/hosts/local/containers/${id}/attach${query}`, protocol),
    attachExec: async (execId: string, protocol?: string) => await ChannelClient.open(admin, `/hosts/local/exec/${execId}/attach`, protocol),
    /** The newest record of a call of this operation. */
    async record (operation: string): Promise<Record<string, any>> {
      await services.journal.flush()
      const { body } = await admin.get(`/audit?operation=${operation}&limit=1`)
      return body.items[0]
    }
  }
}
