import Value from 'typebox/value'
import { invalidInput } from '../../lib/errors.js'
import { TerminalSize, type ChannelEvent, type Output } from '../../model/channel.js'

/** What a client says over a channel. */
export type Command =
  | { readonly type: 'input', readonly data: Buffer }
  | { readonly type: 'close' }
  | { readonly type: 'resize', readonly size: TerminalSize }

/** How a channel is spoken over a WebSocket. */
export interface Protocol {
  /** @throws `invalid-input` for a message that is none of its own */
  read (data: Buffer, isBinary: boolean): Command
  output (event: Extract<ChannelEvent, { type: 'output' }>): Buffer
  /** A message on how it stands or ended, where the protocol has such. */
  status (status: object): Buffer | undefined
}

/** Bytes in, bytes out, for a terminal. */
const raw: Protocol = {
  read: data => ({ type: 'input', data }),
  output: ({ data }) => data,
  status: () => undefined
}

/** The first byte of every message. */
const KIND = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 5 } as const

const framed: Protocol = {
  read (data, isBinary) {
    if (!isBinary) throw invalidInput('channel.caisson.v1 takes binary messages only')
    switch (data[0]) {
      case KIND.stdin: return { type: 'input', data: data.subarray(1) }
      case KIND.resize: return { type: 'resize', size: sizeIn(data.subarray(1)) }
      case KIND.close: return { type: 'close' }
      default: throw invalidInput('the first byte of a message must be 0 (stdin), 4 (resize) or 5 (close stdin)')
    }
  },
  output: ({ stream, data }) => message(stream, data),
  status: status => message('status', Buffer.from(JSON.stringify(status)))
}

const message = (kind: Output | 'status', data: Buffer): Buffer => Buffer.concat([Buffer.of(KIND[kind]), data])

function sizeIn (data: Buffer): TerminalSize {
  const size = parsed(data)
  if (!Value.Check(TerminalSize, size)) throw invalidInput('a resize must be JSON such as {"columns": 120, "rows": 40}, each 1 to 65535')
  return size
}

function parsed (data: Buffer): unknown {
  try { return JSON.parse(data.toString('utf8')) } catch { return undefined }
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = { 'raw.caisson.v1': raw, 'channel.caisson.v1': framed }
export const CHANNEL_PROTOCOLS = Object.keys(PROTOCOLS)

/** By the subprotocol that was agreed on. */
export const protocolOf = (name: string): Protocol => PROTOCOLS[name] ?? raw
