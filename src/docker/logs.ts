import type Docker from 'dockerode'
import { hostUnreachable } from '../errors.js'
import type { EventStream } from '../operation/define.js'
import type { Connection } from './connection.js'
import { endOf } from './container-end.js'
import type { LogStreamEvent } from './models/log.js'
import { Demultiplexer, TerminalPieces } from './streams/demultiplex.js'
import { LogLines, positionOf } from './streams/log-lines.js'
import { engineTime } from './times.js'

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
  readonly id: string
  /** Whether the container has a terminal: its log is then one stream without frames. */
  readonly terminal: boolean
  /** How the container stands once the log has ended; null: it has been removed. */
  readonly inspect: () => Promise<Docker.ContainerInspectInfo | null>
}

/** Opens a container's log; settles once the engine has accepted. */
export async function openLogs (connection: Connection, wanted: Wanted, signal: AbortSignal): Promise<EventStream<LogStreamEvent>> {
  const after = wanted.after === undefined ? undefined : positionOf(wanted.after)
  const answer = await connection.open({ method: 'GET', path: `/containers/${wanted.id}/logs`, query: queryOf(wanted), signal })
  const ending = async () => wanted.follow === true ? await followEnd(wanted, connection.name) : { type: 'end', reason: 'complete' } as const
  const lines = new LogLines({ terminal: wanted.terminal, after, ending })
  return connection.through(answer, wanted.terminal ? new TerminalPieces() : new Demultiplexer(), lines)
}

function queryOf ({ follow = false, tail = 'all', since, until, stdout = true, stderr = true, after }: LogOptions): Record<string, string | undefined> {
  const from = after === undefined ? undefined : fromPosition(after)
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

function fromPosition (cursor: string): string {
  const { nanos } = positionOf(cursor)
  return `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`
}

/** A followed log ends when its container does. If that still runs, the engine has let go of us. */
async function followEnd ({ inspect }: Wanted, host: string): Promise<LogStreamEvent> {
  const end = endOf(await inspect())
  if (end === undefined) throw hostUnreachable(`host ${host} ended the log of a container that still runs`)
  return end
}
