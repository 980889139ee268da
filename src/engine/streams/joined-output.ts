import { Readable } from 'node:stream'
import type { Piece } from './demultiplex.js'
import { Joint, type JointReport } from './joint.js'

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
export function joinOutputs (log: Readable, live: Readable, terminal: boolean): Readable {
  const sources = { log: new Source(log, true), live: new Source(live) }
  return Readable.from(joined(sources, { stdout: new Joint(), stderr: new Joint(!terminal) }), { highWaterMark: 2 })
}

async function * joined ({ log, live }: Record<'log' | 'live', Source>, joints: Joints): AsyncGenerator<Piece | Gap> {
  try { yield * joining(log, live, joints) } finally { log.close() }
  while (!live.ended) {
    const piece = live.read()
    if (piece === undefined) await anyOf([live])
    else yield * told(piece.stream, joints[piece.stream].fromLive(piece.data, 0))
  }
}

async function * joining (log: Source, live: Source, joints: Joints): AsyncGenerator<Piece | Gap> {
  const open = () => (['stdout', 'stderr'] as const).filter(stream => !joints[stream].settled)
  let toldAt = performance.now()
  let lookedAt = toldAt
  while (open().length > 0) {
    const now = performance.now()
    // What comes live first: it must be known when the log comes to it.
    const next = isFull(joints) ? undefined : live.read()
    const logged = next === undefined ? log.read() : undefined
    if (next !== undefined) yield * told(next.stream, joints[next.stream].fromLive(next.data, now))
    else if (logged !== undefined) {
      const joint = joints[logged.stream]
      if (!joint.settled) toldAt = now
      yield * told(logged.stream, joint.fromLog(logged.data, now))
    } else if (log.ended) for (const stream of open()) yield * told(stream, joints[stream].atLogEnd())
    else await anyOf(isFull(joints) || live.ended ? [log] : [live, log], LOOK_MS)
    if (now - lookedAt < LOOK_MS) continue
    lookedAt = now
    for (const stream of open()) yield * told(stream, joints[stream].afterIdle(now, now - toldAt))
  }
}

const isFull = ({ stdout, stderr }: Joints): boolean => stdout.heldBytes >= HELD_BYTES || stderr.heldBytes >= HELD_BYTES

function * told (stream: Piece['stream'], { parts, gap = false }: JointReport): Generator<Piece | Gap> {
  const last = parts.at(-1)
  for (const data of parts.slice(0, -1)) if (data.length > 0) yield { stream, data, last: false }
  if (gap) yield GAP
  if (last !== undefined && last.length > 0) yield { stream, data: last, last: false }
}

/** Settles when one of them has something to read or has ended, or after so long. */
async function anyOf (sources: readonly Source[], ms?: number): Promise<void> {
  await new Promise<void>(resolve => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
    for (const source of sources) source.wake = () => { clearTimeout(timer); resolve() }
    if (sources.some(source => source.isReadable)) { clearTimeout(timer); resolve() }
  })
}

/** Pieces, as they are there. */
class Source {
  ended = false
  wake: () => void = () => {}
  #error: Error | undefined

  /** @param optional that it breaks off is its end */
  constructor (private readonly stream: Readable, optional = false) {
    const end = () => { this.ended = true; this.wake() }
    stream.on('readable', () => { this.wake() }).once('end', end).once('close', end)
    stream.on('error', error => { if (!optional) this.#error = error; end() })
  }

  get isReadable (): boolean { return this.ended || this.stream.readableLength > 0 }

  /** @throws what broke it off */
  read (): Piece | undefined {
    const piece = this.stream.read() as Piece | null
    if (piece === null && this.#error !== undefined) throw this.#error
    return piece ?? undefined
  }

  close (): void { this.stream.destroy() }
}
