import type Docker from 'dockerode'
import { hostUnreachable } from '../../errors.js'
import type { EventStream } from '../../operation/define.js'
import type { Connection } from '../connection.js'
import { endOf } from '../container-end.js'
import type { StatsStreamEvent } from '../models/stats.js'
import { JsonLines } from '../streams/json-lines.js'
import { StatsEvents } from '../streams/stats-events.js'

interface Wanted {
  readonly id: string
  /** Go on until the container ends; else one sample. */
  readonly stream: boolean
  /** How the container stands; null: it has been removed. */
  readonly inspect: () => Promise<Docker.ContainerInspectInfo | null>
}

/** Opens a container's stats; settles once the engine has accepted. */
export async function openStats (connection: Connection, { id, stream, inspect }: Wanted, signal: AbortSignal): Promise<EventStream<StatsStreamEvent>> {
  const answer = await connection.open({ method: 'GET', path: `/containers/${id}/stats`, query: { stream: String(stream) }, signal })
  const lines = new JsonLines()
  const events = new StatsEvents({
    once: !stream,
    ending: async () => stream ? endOf(await inspect()) : { type: 'end', reason: 'complete' },
    cut: () => hostUnreachable(`host ${connection.name} ended the stats of a container that still runs`),
    stop: () => { answer.unpipe(lines); lines.end() }
  })
  events.once('close', () => { answer.destroy() })
  return connection.through(answer, lines, events)
}
