import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { Failure, hostUnreachable, type Code } from '../errors.js'
import { endOf } from './container-end.js'
import type { LogStreamEvent } from './models/log.js'

/** Whose log is followed. */
export interface Followed {
  readonly host: string
  /** How the container stood before its log was opened. */
  readonly container: Docker.ContainerInspectInfo
  /** How it stands now; null: it has been removed. */
  readonly inspect: () => Promise<Docker.ContainerInspectInfo | null>
  readonly until?: string
}

type End = Extract<LogStreamEvent, { type: 'end' }>

/** Why a followed log has ended: as a rule because its container has. */
export async function followEnd ({ host, container, inspect, until }: Followed): Promise<End> {
  const info = await inspect()
  if (info?.State.Status === 'created') return { type: 'end', reason: 'complete' }
  const end = endOf(info)
  if (end !== undefined) return end
  // It runs again; what it exited with is no longer known.
  if (info?.State.StartedAt !== container.State.StartedAt) return { type: 'end', reason: 'exited' }
  if (until !== undefined) return { type: 'end', reason: 'complete' }
  throw hostUnreachable(`host ${host} ended the log of a container that still runs`)
}

const REFUSALS: readonly Code[] = ['not-found', 'conflict', 'engine-error']

/**
 * What the engine gave up of a followed log: up to 20.10 it stops at a container's exit even where it has not yet sent
 * everything. If the log has gone with its container, nobody can know whether something was missing.
 */
export async function missed (open: () => Promise<Readable>, ending: () => Promise<End>): Promise<Readable> {
  try { return await open() } catch (error) {
    if (!(error instanceof Failure && REFUSALS.includes(error.code))) throw error
    return Readable.from([{ type: 'dropped', count: null }, await ending()] satisfies LogStreamEvent[])
  }
}
