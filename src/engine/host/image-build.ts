import type { Readable } from 'node:stream'
import { plainTar } from '../../tar/plain-tar.js'
import type { TarRules } from '../../tar/plain-tar.js'
import type { EventStream } from '../../operation/define.js'
import { buildQuery, type BuildOptions } from '../../docker/images/build-options.js'
import { buildKitQuery } from '../buildkit/query.js'
import { BuildTrace } from '../buildkit/trace.js'
import type { Connection } from '../connection/connection.js'
import type { BuildStreamEvent } from '../models/image-transfers.js'
import { registriesHeader } from '../registry-auth.js'
import { Progress, type EngineMessage } from '../streams/progress.js'
import { nameForPlatform } from './asked-platform.js'
import { BEGIN_MS } from './deadlines.js'
import { told } from './image-transfers.js'

export interface Build {
  /** The build context. */
  readonly context: Readable | undefined
  readonly options: BuildOptions
  /** What the context is held to. */
  readonly rules?: TarRules
}

/** Builds with either builder; settles once it begins. The reader that leaves ends the build. */
export async function buildImage (connection: Connection, { context, options, rules }: Build, signal: AbortSignal): Promise<EventStream<BuildStreamEvent>> {
  const { builder, registryAuth, quiet, tags = [], ...rest } = options
  const { platform } = rest
  // With a platform the image is named when it was looked at.
  const sent = platform === undefined ? { ...rest, tags } : rest
  const auth = registriesHeader(registryAuth)
  const headers = { 'Content-Type': 'application/x-tar', ...(auth === undefined ? {} : { 'X-Registry-Config': auth }) }
  const query = builder === 'buildkit' ? buildKitQuery({ registryAuth, ...sent }) : buildQuery(sent)
  const body = plainTar(context, rules)
  const answer = await connection.open({ method: 'POST', path: '/build', query, headers, body, deadlineMs: BEGIN_MS, signal })
  // Each stage tells its image; the last one is what was asked for.
  let id: string | undefined
  const watch = ({ aux }: EngineMessage) => { id = imageIdOf(aux) ?? id }
  const ending = async () => {
    const made = told('build', id)
    if (platform !== undefined) await nameForPlatform(connection, { id: made, what: 'build', platform, names: tags })
    return { type: 'end', reason: 'complete', result: { id: made, tags, upload: body.received } } as const
  }
  const trace = new BuildTrace()
  const said = async (message: string) => await connection.said(message)
  return connection.through(answer, new Progress<BuildStreamEvent>({ watch, reads: message => trace.read(message), rest: () => trace.end(), quiet, ending, said }))
}

function imageIdOf (aux: unknown): string | undefined {
  const { ID: id } = (aux ?? {}) as { ID?: unknown }
  return typeof id === 'string' ? id : undefined
}
