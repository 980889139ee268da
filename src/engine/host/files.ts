import { PassThrough, type Readable } from 'node:stream'
import { Failure, engineError, notFound } from '../../lib/errors.js'
import type { PlainTar, ReceivedTar } from '../../tar/plain-tar.js'
import { TRANSFER_BYTES } from '../../lib/transfer.js'
import type { Connection } from '../connection/connection.js'
import { isRefusal } from '../connection/errors.js'
import { BEGIN_MS } from './deadlines.js'

/** What the engine says of a path, in the header of its answer. */
export interface PathStat {
  readonly name: string
  readonly size: number
  /** Bits of Go's FileMode. */
  readonly mode: number
  readonly mtime: string
  readonly linkTarget: string
}

/** How the engine names what became of a path since the container was created. */
export interface PathChange { readonly Path: string, readonly Kind: number }

/** The files inside one host's containers. Ids that come here are full ids: they go into the engine's paths as they are. */
export class HostFiles {
  constructor (private readonly connection: Connection) {}

  /** A file or folder as a tar. @throws `not-found` in the engine's words, which name the path */
  async copyOut (id: string, path: string, signal: AbortSignal): Promise<Readable> {
    return await this.#download(`/containers/${id}/archive`, signal, path)
  }

  /** The whole root file system as a tar. */
  async export (id: string, signal: AbortSignal): Promise<Readable> {
    return await this.#download(`/containers/${id}/export`, signal)
  }

  /** Unpacks a tar, which was checked, in a folder of the container. */
  async copyIn (id: string, archive: PlainTar, { path, ...flags }: { path: string, noOverwriteDirNonDir?: boolean, copyUidGid?: boolean }, signal: AbortSignal): Promise<ReceivedTar> {
    const query = { path, noOverwriteDirNonDir: flagOf(flags.noOverwriteDirNonDir), copyUIDGID: flagOf(flags.copyUidGid) }
    const headers = { 'Content-Type': 'application/x-tar' }
    const answer = await this.connection.open({ method: 'PUT', path: `/containers/${id}/archive`, query, headers, body: archive, signal, deadlineMs: BEGIN_MS })
    answer.on('error', () => {}).resume()
    return archive.received
  }

  async stat (id: string, path: string, signal: AbortSignal): Promise<PathStat> {
    const answer = await this.connection.open({ method: 'HEAD', path: `/containers/${id}/archive`, query: { path }, signal }).catch(async error => {
      if (error instanceof Failure && error.code === 'not-found') throw notFound(`the container has no file ${path}`, { cause: error })
      throw await this.#whyNot(id, path, error, signal)
    })
    answer.on('error', () => {}).resume()
    return pathStat(answer.headers['x-docker-container-path-stat'])
  }

  /** The answer to a HEAD has no words: the engine is asked for the file itself, which it refuses in words. */
  async #whyNot (id: string, path: string, error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!isRefusal(error)) return error
    try { (await this.copyOut(id, path, signal)).destroy() } catch (refusal) { return refusal }
    return error
  }

  async diff (id: string): Promise<readonly PathChange[]> {
    return await this.connection.json<PathChange[] | null>({ method: 'GET', path: `/containers/${id}/changes`, deadlineMs: BEGIN_MS }) ?? []
  }

  async #download (path: string, signal: AbortSignal, inside?: string): Promise<Readable> {
    const answer = await this.connection.open({ method: 'GET', path, query: { path: inside }, signal, deadlineMs: BEGIN_MS, bulk: true })
    return this.connection.through(answer, new PassThrough({ highWaterMark: TRANSFER_BYTES }))
  }
}

const flagOf = (flag: boolean | undefined): string | undefined => flag === true ? 'true' : undefined

function pathStat (header: string | string[] | undefined): PathStat {
  try { return JSON.parse(Buffer.from(String(header), 'base64').toString('utf8')) as PathStat } catch {}
  throw engineError('the engine said nothing of the path that could be read')
}
