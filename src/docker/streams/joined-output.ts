import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Piece } from './demultiplex.js'
import { Joint, type Told } from './joint.js'

/** Somewhere before what comes next something may be missing. */
export interface Gap { readonly type: 'dropped', readonly count: null }
const GAP: Gap = { type: 'dropped', count: null }

type Joints = Readonly<Record<Piece['stream'], Joint>>

/** So much of what comes live is held while the log is told; the rest waits at the engine. */
const HELD_BYTES = 64 * 1024
/** Between two looks at the clock. */
const LOOK_MS = 50

/**
 * What a container has logged, and then, without a gap, what it writes: {@link Piece}s and {@link Gap}s. The engine reads the
 * log when it has begun to send what comes live, but what is written comes into the log later than that.
 */
export function joinOutputs (log: Readable, live: Readable): Readable {
  // Told where they are read; until somebody reads, none of them may end the process.
  for (const stream of [log, live]) stream.on('error', () => {})
  return Readable.from(joined(log, new Source(live)), { highWaterMark: 2 })
}

async function * joined (log: Readable, live: Source): AsyncGenerator<Piece | Gap> {
  const joints: Joints = { stdout: new Joint(), stderr: new Joint() }
  try { yield * joining(new Source(log, true), live, joints) } finally { log.destroy() }
  for (let piece = await live.next(); piece !== undefined; piece = await live.next()) {
    live.take()
    yield * pieces(piece.stream, joints[piece.stream].fromLive(piece.data, 0, 0))
  }
}

async function * joining (log: Source, live: Source, joints: Joints): AsyncGenerator<Piece | Gap> {
  const streams = ['stdout', 'stderr'] as const
  let toldAt = performance.now()
  while (streams.some(stream => !joints[stream].joined)) {
    const [from, piece] = await next(log, live, joints)
    const now = performance.now()
    const open = streams.filter(stream => !joints[stream].joined)
    if (from === undefined) for (const stream of open) yield * pieces(stream, joints[stream].afterIdle(now - toldAt))
    else if (piece === undefined) {
      if (from === log) for (const stream of open) yield * pieces(stream, joints[stream].atLogEnd())
    } else {
      const { stream, data } = piece
      from.take()
      if (from === log && !joints[stream].joined) toldAt = now
      yield * pieces(stream, from === log ? joints[stream].fromLog(data) : joints[stream].fromLive(data, now, now - toldAt))
    }
    // What the log still has of the other output comes now.
    if (streams.some(stream => joints[stream].joined !== !open.includes(stream))) toldAt = now
  }
}

/** What comes first: of the log, of what comes live, or neither for a while. */
async function next (log: Source, live: Source, joints: Joints): Promise<[Source | undefined, Piece | undefined]> {
  const all = Object.values(joints)
  const isFull = all.some(joint => !joint.joined && joint.heldBytes >= HELD_BYTES)
  const sources = [...all.some(joint => joint.gathers(performance.now())) ? [] : [log], ...isFull || live.ended ? [] : [live]]
  const timer = new AbortController()
  try {
    const idle = sleep(LOOK_MS, [undefined, undefined] as [undefined, undefined], { signal: timer.signal }).catch(() => [undefined, undefined] as [undefined, undefined])
    return await Promise.race([...sources.map(async (source): Promise<[Source, Piece | undefined]> => [source, await source.next()]), idle])
  } finally { timer.abort() }
}

function * pieces (stream: Piece['stream'], { parts, gap = false }: Told): Generator<Piece | Gap> {
  const last = parts.length - 1
  for (const [index, data] of parts.entries()) {
    if (gap && index === last) yield GAP
    if (data.length > 0) yield { stream, data, last: false }
  }
}

/** Pieces one by one: asked for as often as wanted, and taken once. */
class Source {
  ended = false
  readonly #iterator: AsyncIterator<Piece>
  #next: Promise<Piece | undefined> | undefined

  /** @param optional that it breaks off is its end */
  constructor (stream: Readable, private readonly optional = false) { this.#iterator = (stream as AsyncIterable<Piece>)[Symbol.asyncIterator]() }

  /** The next one; undefined at its end. */
  async next (): Promise<Piece | undefined> {
    return await (this.#next ??= this.#read())
  }

  take (): void { this.#next = undefined }

  async #read (): Promise<Piece | undefined> {
    try {
      const { done, value } = await this.#iterator.next()
      this.ended = done === true
      return this.ended ? undefined : value as Piece
    } catch (error) {
      this.ended = true
      if (this.optional) return undefined
      throw error
    }
  }
}
