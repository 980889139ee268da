import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { Connection } from './connection.js'
import { Demultiplexer, TerminalPieces } from './streams/demultiplex.js'
import { LogLines } from './streams/log-lines.js'
import { SKEW_NANOS, type Position } from './streams/log-position.js'
import { engineSeconds } from './times.js'

/** What of a log is wanted. `tail` is a number of lines or `all`; times are nanoseconds since 1970. */
export interface LogRange {
  readonly tail?: string
  readonly since?: bigint
  readonly until?: bigint
  /** Behind this line. Nothing may be left out there, so that `tail` counts for nothing. */
  readonly after?: Position
  /** Whether that line is looked for in the whole log, and times say nothing: somebody has set the engine's clock back. */
  readonly exact?: boolean
}

type Options = ConstructorParameters<typeof LogLines>[0]
/** How a read is told. */
type Told = Pick<Options, 'end' | 'ending' | 'wants'>

/** A container's log, at its engine. */
export class EngineLog {
  constructor (private readonly connection: Connection, readonly container: Docker.ContainerInspectInfo) {}

  /** Reads what is there by now; settles once the engine has accepted. It is the caller's to destroy. */
  async read (range: LogRange, options: Told = { end: 'sofar' }, signal?: AbortSignal): Promise<LogLines> {
    return await this.#open(false, range, options, signal)
  }

  /** Goes on with what comes, from what is there. */
  async follow (range: Pick<LogRange, 'tail' | 'after' | 'exact'>): Promise<LogLines> {
    return await this.#open(true, range, { end: 'cut' })
  }

  async #open (follow: boolean, { tail = 'all', since, until, after, exact = false }: LogRange, options: Told, signal?: AbortSignal): Promise<LogLines> {
    const { Id: id, Config: { Tty: terminal } } = this.container
    const from = after === undefined ? since : exact ? 0n : after.nanos - SKEW_NANOS
    const query = {
      follow: String(follow),
      stdout: 'true',
      stderr: 'true',
      timestamps: 'true',
      tail: after === undefined ? tail : 'all',
      since: from === undefined ? undefined : engineSeconds(from < 0n ? 0n : from),
      until: until === undefined ? undefined : engineSeconds(until)
    }
    const answer = await this.connection.open({ method: 'GET', path: `/containers/${id}/logs`, query, signal })
    return this.#lines(answer, { terminal, after, exact, ...options })
  }

  /** A container that has a terminal has a log of one stream without frames. */
  #lines (answer: IncomingMessage, options: Options): LogLines {
    return this.connection.through(answer as Readable, options.terminal ? new TerminalPieces() : new Demultiplexer(), new LogLines(options))
  }
}
