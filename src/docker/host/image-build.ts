import type { Readable } from 'node:stream'
import { plainTar } from '../../tar/plain-tar.js'
import type { EventStream } from '../../operation/define.js'
import { buildQuery, type BuildOptions } from '../build-options.js'
import type { Connection } from '../connection.js'
import type { BuildStreamEvent } from '../models/image-transfers.js'
import { registriesHeader } from '../registry-auth.js'
import { Progress, type EngineMessage } from '../streams/progress.js'
import { BEGIN_MS } from './deadlines.js'
import { told } from './image-transfers.js'

/** Builds with the engine's classic builder; settles once it begins. The reader that leaves ends the build. */
export async function buildImage (connection: Connection, context: Readable | undefined, { registryAuth, quiet, ...options }: BuildOptions, signal: AbortSignal): Promise<EventStream<BuildStreamEvent>> {
  const auth = registriesHeader(registryAuth)
  const headers = { 'Content-Type': 'application/x-tar', ...(auth === undefined ? {} : { 'X-Registry-Config': auth }) }
  const answer = await connection.open({ method: 'POST', path: '/build', query: buildQuery(options), headers, body: plainTar(context), deadlineMs: BEGIN_MS, signal })
  // Each stage tells its image; the last one is what was asked for.
  let id: string | undefined
  const watch = ({ aux }: EngineMessage) => { id = imageIdOf(aux) ?? id }
  const ending = async () => ({ type: 'end', reason: 'complete', result: { id: told('build', id), tags: options.tags ?? [] } } as const)
  return connection.through(answer, new Progress<BuildStreamEvent>({ watch, quiet, ending, said: async message => await connection.said(message) }))
}

function imageIdOf (aux: unknown): string | undefined {
  const { ID: id } = (aux ?? {}) as { ID?: unknown }
  return typeof id === 'string' ? id : undefined
}
