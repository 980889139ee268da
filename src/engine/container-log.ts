import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import type { Connection, Query } from './connection/connection.js'
import { differs } from './kinds/differences.js'
import { Demultiplexer } from './streams/demultiplex.js'
import { LogLines } from './streams/log-lines.js'
import { TerminalMessages } from './streams/terminal-messages.js'
import { SKEW_NANOS, type Position } from './streams/log-position.js'
import { engineSeconds, isoNanos } from './times.js'

/** What of a log is read. Times are nanoseconds since 1970. */
export interface LogRange {
  /** The last messages of the engine's: of both outputs, and of a long line each piece. Absent: all. */
  readonly messages?: number
  readonly since?: bigint
  /** Somewhat later lines are read as well: `wants` decides. */
  readonly until?: bigint
  /** Behind this line. */
  readonly after?: Position
  /** Whether that line is told as well. */
  readonly inclusive?: boolean
  /** Whether that line is looked for in the whole log, and times say nothing: somebody has set the engine's clock back. */
  readonly exact?: boolean
}

type LogLinesOptions = ConstructorParameters<typeof LogLines>[0]
/** How a read is told. */
export type Told = Pick<LogLinesOptions, 'end' | 'ending' | 'wants'>

/** A container's log, at its engine. */
export class EngineLog {
  constructor (private readonly connection: Connection, readonly container: Docker.ContainerInspectInfo) {}

  /** A container that has a terminal has a log of one stream without frames. */
  get terminal (): boolean { return this.container.Config.Tty }

  /** Reads what is there by now; settles once the engine has accepted. It is the caller's to destroy. */
  async read (range: LogRange, options: Told = { end: 'sofar' }, signal?: AbortSignal): Promise<LogLines> {
    return await this.#open(false, range, options, signal)
  }

  /** Goes on with what comes, from what is there. */
  async follow (range: Pick<LogRange, 'after' | 'exact'>): Promise<LogLines> {
    return await this.#open(true, range, { end: 'cut' })
  }

  async #open (follow: boolean, { messages, since, until, after, ...range }: LogRange, options: Told, signal?: AbortSignal): Promise<LogLines> {
    const { terminal } = this
    const from = after === undefined ? since : range.exact === true ? 0n : after.nanos - SKEW_NANOS
    const inPieces = differs(await this.connection.engine(signal), 'logLinesInPieces')
    // A long line has several times: what was begun in time is whole, and whoever asks leaves out what began later.
    const to = until === undefined ? undefined : until + SKEW_NANOS
    const query = { follow: String(follow), tail: tailOf(messages), ...timesOf(from === undefined ? undefined : from - ABOUT_NANOS, to) }
    const answer = await this.#ask(query, signal)
    const pieces = terminal ? new TerminalMessages(async nanos => await this.#hasMessage(nanos)) : new Demultiplexer()
    return this.connection.through(answer, pieces, new LogLines({ terminal, inPieces, after, ...range, ...options }))
  }

  async #hasMessage (nanos: bigint): Promise<boolean> {
    const answer = await this.#ask(timesOf(nanos - ABOUT_NANOS, nanos + ABOUT_NANOS))
    return (await this.connection.reading(text(answer))).split('\n').some(line => isoNanos(line.slice(0, line.indexOf(' '))) === nanos)
  }

  async #ask (query: Query, signal?: AbortSignal): Promise<IncomingMessage> {
    const all = { stdout: 'true', stderr: 'true', timestamps: 'true', ...query }
    return await this.connection.open({ method: 'GET', path: `/containers/${this.container.Id}/logs`, query: all, signal })
  }
}

const timesOf = (since: bigint | undefined, until: bigint | undefined): Query => ({
  since: since === undefined ? undefined : engineSeconds(since < 0n ? 0n : since),
  until: until === undefined ? undefined : engineSeconds(until)
})

/** Podman reads times as numbers that do not hold all digits, and leaves out what stands at a bound. */
const ABOUT_NANOS = 1000n

/** Beyond that it is the whole log: Podman keeps room for as many as it is asked for. */
export const MOST_MESSAGES = 1_000_000
const tailOf = (messages = Infinity): string => messages > MOST_MESSAGES ? 'all' : String(messages)
