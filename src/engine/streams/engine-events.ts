import { Transform, type TransformCallback } from 'node:stream'
import type { Dropped } from '../live/reader.js'
import { present } from '../models/common.js'
import type { EngineEvent, HostEvent } from '../models/event.js'

interface EngineEventsOptions {
  readonly host: string
  /** Events that were told before are not told again. */
  readonly isKnown: (cursor: string) => boolean
  /** The event in Docker's words, where the engine has others; undefined where there are none for it. */
  readonly translate?: (event: EngineEvent) => EngineEvent | undefined
  /** The last that was told: where the engine does not remember it, what came behind it may be missing. */
  readonly last?: HostEvent
}

/**
 * The engine's events in, ours out; where another stream of them broke off, only what that did not tell. Not by the order
 * of the events: two that happen at once are told in one order, and remembered in another.
 */
export class EngineEvents extends Transform {
  #nanos = -1n
  #nth = 0
  #joined: boolean

  constructor (private readonly options: EngineEventsOptions) {
    super({ objectMode: true, highWaterMark: 64 })
    this.#joined = options.last === undefined
  }

  override _transform (engine: EngineEvent, _encoding: BufferEncoding, done: TransformCallback): void {
    const { translate } = this.options
    const inDockers = translate === undefined ? engine : translate(engine)
    if (inDockers === undefined) { done(); return }
    const event = this.#eventOf(inDockers)
    if (this.options.isKnown(event.cursor)) this.#joined ||= event.cursor === this.options.last?.cursor
    else this.#tell(event)
    done()
  }

  #tell (event: HostEvent): void {
    if (!this.#joined) this.push({ type: 'dropped', count: null } satisfies Dropped)
    this.#joined = true
    this.push(event)
  }

  #eventOf ({ Type: kind = '', Action: action = '', Actor: { ID: id = '', Attributes } = {}, scope, time = 0, timeNano }: EngineEvent): HostEvent {
    // Beyond what a number keeps exactly, its last digits are alike whenever the same event is read.
    const nanos = timeNano === undefined ? BigInt(time) * 1_000_000_000n : BigInt(timeNano)
    this.#nth = nanos === this.#nanos ? this.#nth + 1 : 0
    this.#nanos = nanos
    const attributes = { ...Attributes }
    return { type: 'event', time: isoOf(nanos), host: this.options.host, kind, action: withoutCommand(action), id, ...present({ name: attributes.name, scope }), attributes, cursor: `${nanos}-${this.#nth}` }
  }
}

/** Engines write behind it what was to run, with its arguments: that is for who may exec, and not for who listens. */
const withoutCommand = (action: string): string => /^exec_(?:create|start)(?=:)/.exec(action)?.[0] ?? action

const isoOf = (nanos: bigint): string => `${new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`
