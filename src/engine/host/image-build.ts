import type { Readable } from 'node:stream'
import { plainTar } from '../../tar/plain-tar.js'
import type { TarRules } from '../../tar/plain-tar.js'
import type { EventStream } from '../../model/streams.js'
import { BuildTrace } from '../buildkit/trace.js'
import type { Connection, Query } from '../connection/connection.js'
import type { BuildStreamEvent } from '../models/image-transfers.js'
import { registriesHeader } from '../registry-auth.js'
import { Progress, type EngineMessage } from '../streams/progress.js'
import { nameForPlatform } from './asked-platform.js'
import { BEGIN_MS } from './deadlines.js'
import { told } from './image-transfers.js'

export interface Build {
  /** The build context. */
  readonly context: Readable | undefined
  /** The builder and its options, as the engine takes them. */
  readonly query: Query
  /** Names for the image. With a platform they are given when it was looked at. */
  readonly tags?: readonly string[]
  readonly platform?: string
  /** How to sign in to registries, by registry. */
  readonly registryAuth?: Parameters<typeof registriesHeader>[0]
  /** Tells the end alone. */
  readonly quiet?: boolean
  /** What the context is held to. */
  readonly rules?: TarRules
}

/** Builds; settles once it begins. The reader that leaves ends the build. */
export async function buildImage (connection: Connection, build: Build, signal: AbortSignal): Promise<EventStream<BuildStreamEvent>> {
  const { context, query, tags = [], platform, registryAuth, quiet, rules } = build
  const auth = registriesHeader(registryAuth)
  const headers = { 'Content-Type': 'application/x-tar', ...(auth === undefined ? {} : { 'X-Registry-Config': auth }) }
  const body = plainTar(context, rules)
  const answer = await connection.open({ method: 'POST', path: '/build', query: platform === undefined ? { ...query, t: tags } : query, headers, body, deadlineMs: BEGIN_MS, signal })
  // Each stage tells its image; the last one is what was asked for.
  let id: string | undefined
  const watch = ({ aux }: EngineMessage) => { id = imageIdOf(aux) ?? id }
  const ending = async (): Promise<BuildStreamEvent> => {
    const made = told('build', id)
    if (platform !== undefined) await nameForPlatform(connection, { id: made, what: 'build', platform, names: tags })
    return { type: 'end', reason: 'complete', result: { id: made, tags: [...tags], upload: body.received } }
  }
  const trace = new BuildTrace()
  const said = async (message: string) => await connection.said(message)
  return connection.through(answer, new Progress<BuildStreamEvent>({ watch, reads: message => trace.read(message), rest: () => trace.end(), quiet, ending, said }))
}

function imageIdOf (aux: unknown): string | undefined {
  const { ID: id } = (aux ?? {}) as { ID?: unknown }
  return typeof id === 'string' ? id : undefined
}
