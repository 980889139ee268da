import type { Readable, Writable } from 'node:stream'
import Type, { type Static } from 'typebox'

/** What a kernel keeps of a terminal's size is 16 bits each. */
const cells = (description: string) => Type.Integer({ minimum: 1, maximum: 65_535, description })

/** Of a terminal, in characters. */
export const size = { columns: cells('Its width, in characters'), rows: cells('Its height, in characters') }
export const TerminalSize = Type.Object(size, { additionalProperties: false })
export type TerminalSize = Static<typeof TerminalSize>

export type Output = 'stdout' | 'stderr'

/** Why a channel ended, where nothing failed. `detached`: what it led to goes on without it. */
export type ChannelEnd =
  | { readonly type: 'end', readonly reason: 'exited', readonly exitCode: number }
  | { readonly type: 'end', readonly reason: 'removed' | 'detached', readonly exitCode?: number }

/** What is read from a channel: pieces of what was written, that something may be missing before the next of them, and then the end. */
export type ChannelEvent =
  | { readonly type: 'output', readonly stream: Output, readonly data: Buffer }
  | { readonly type: 'dropped', readonly count: null }
  | ChannelEnd

/** What has gone through a channel so far, in bytes, and how it ended. */
export interface Traffic { bytesIn: number, bytesOut: number, exitCode?: number }

/** Bytes in both directions. Reading gives {@link ChannelEvent}s; destroying it lets go of what it leads to. */
export interface Channel extends Readable {
  /** Its end is the end of the input, and of nothing else. null where nothing may be written. */
  readonly input: Writable | null
  /** null where there is no terminal. */
  readonly resize: ((size: TerminalSize) => Promise<void>) | null
  readonly traffic: Readonly<Traffic>
}

export const isChannel = (stream: unknown): stream is Channel => typeof stream === 'object' && stream !== null && 'traffic' in stream
