import type { IncomingMessage } from 'node:http'
import type Docker from 'dockerode'
import type { EventStream } from '../operation/define.js'
import type { Connection } from './connection.js'
import { followEnd, missed } from './follow.js'
import type { LogStreamEvent } from './models/log.js'
import { Demultiplexer, TerminalPieces } from './streams/demultiplex.js'
import { inTurn } from './streams/in-turn.js'
import { LogLines, positionOf, type Position } from './streams/log-lines.js'
import { engineSeconds, engineTime } from './times.js'

/** What of a log is wanted. `tail` is a number of lines or `all`. */
export interface LogOptions {
  readonly follow?: boolean
  readonly tail?: string
  readonly since?: string
  readonly until?: string
  readonly stdout?: boolean
  readonly stderr?: boolean
  readonly after?: string
}

interface Wanted extends LogOptions {
  readonly container: Docker.ContainerInspectInfo
  /** How the container stands once the log has ended; null: it has been removed. */
  readonly inspect: () => Promise<Docker.ContainerInspectInfo | null>
}

type LogQuery = Readonly<Record<string, string | undefined>>

/** Opens a container's log; settles once the engine has accepted. */
export async function openLogs (connection: Connection, wanted: Wanted, signal: AbortSignal): Promise<EventStream<LogStreamEvent>> {
  // A container that has a terminal has a log of one stream without frames.
  const { Id: id, Config: { Tty: terminal } } = wanted.container
  const open = async (query: LogQuery) => await connection.open({ method: 'GET', path: `/containers/${id}/logs`, query, signal })
  const lines = (answer: IncomingMessage, options: Omit<ConstructorParameters<typeof LogLines>[0], 'terminal'>) =>
    connection.through(answer, terminal ? new TerminalPieces() : new Demultiplexer(), new LogLines({ terminal, ...options }))

  const query = queryOf(wanted)
  const after = wanted.after === undefined ? undefined : positionOf(wanted.after)
  const answer = await open(query)
  if (wanted.follow !== true) return lines(answer, { after, ending: async () => ({ type: 'end', reason: 'complete' }) })

  const followed = lines(answer, { after })
  const ending = async () => await followEnd({ ...wanted, host: connection.name })
  return inTurn(followed, async () => {
    const { position } = followed
    const rest = { ...query, follow: 'false', tail: 'all', since: restSince(query, position, answer) }
    return await missed(async () => lines(await open(rest), { after: position, adjoining: position !== after, ending }), ending)
  })
}

function queryOf ({ follow = false, tail = 'all', since, until, stdout = true, stderr = true, after }: LogOptions): LogQuery {
  const from = after === undefined ? undefined : engineSeconds(positionOf(after).nanos)
  return {
    follow: String(follow),
    stdout: String(stdout),
    stderr: String(stderr),
    timestamps: 'true',
    // Behind a cursor nothing may be left out, so that `tail` counts for nothing there.
    tail: from === undefined ? tail : 'all',
    since: from ?? (since === undefined ? undefined : engineTime('since', since)),
    until: until === undefined ? undefined : engineTime('until', until)
  }
}

/**
 * From where the rest of a followed log is read. If no line came, that is where it began: with a `tail` when it was
 * opened, by the engine's clock, less the second that its header leaves open and one more for the way to it.
 */
function restSince ({ tail, since }: LogQuery, position: Position | undefined, { headers: { date = '' } }: IncomingMessage): string | undefined {
  if (position !== undefined) return engineSeconds(position.nanos)
  const opened = (Date.parse(date) || Date.now()) / 1000 - 1
  return tail === 'all' || Number(since) > opened ? since : String(opened)
}
