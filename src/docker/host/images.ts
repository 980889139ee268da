import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { invalidInput } from '../../errors.js'
import type { EventStream } from '../../operation/define.js'
import type { Connection } from '../connection.js'
import { nameParts } from '../names.js'
import type { ImageStreamEvent } from '../models/progress.js'
import { Progress, type EngineMessage } from '../streams/progress.js'
import { BEGIN_MS, GRACE_MS } from './deadlines.js'
import { missing } from './refusals.js'

type Filters = Record<string, string[]>

/** One host's images. References that come here are checked: they go into the engine's paths as they are. */
export class HostImages {
  constructor (private readonly connection: Connection) {}

  list (options: { all?: boolean, filters?: Filters }): Promise<Docker.ImageInfo[]> {
    const { filters = {}, ...rest } = options
    return this.connection.unary((docker, abortSignal) => docker.listImages({ ...rest, filters, abortSignal }))
  }

  /** @throws `not-found` in the gate's own words */
  async inspect (reference: string): Promise<Docker.ImageInspectInfo> {
    return await missing('image', reference, this.connection.json({ method: 'GET', path: `/images/${reference}/json` }))
  }

  async remove (reference: string, { force = false, noPrune: noprune = false }: { force?: boolean, noPrune?: boolean }): Promise<Array<{ Untagged?: string, Deleted?: string }>> {
    const options = { force, noprune }
    const removal = this.connection.unary((docker, abortSignal) => docker.getImage(reference).remove({ ...options, abortSignal }), { deadlineMs: GRACE_MS })
    return await missing('image', reference, removal) as Array<{ Untagged?: string, Deleted?: string }>
  }

  /** Pulls; the reader that leaves ends the engine's work. */
  async pull (reference: string, options: { platform?: string, registryAuth?: string }, signal: AbortSignal): Promise<EventStream<ImageStreamEvent>> {
    const [fromImage, tag] = pullParts(reference)
    const headers: Record<string, string> = options.registryAuth === undefined ? {} : { 'X-Registry-Auth': options.registryAuth }
    const answer = await this.connection.open({ method: 'POST', path: '/images/create', query: { fromImage, tag, platform: options.platform }, headers, signal, deadlineMs: BEGIN_MS })
    let digest: string | undefined
    const watch = ({ status }: EngineMessage) => { digest = /^Digest: (sha256:[0-9a-f]{64})$/.exec(status ?? '')?.[1] ?? digest }
    return this.#events(answer, watch, async () => ({ ...await this.#named(reference), ...(digest === undefined ? {} : { digest }) }))
  }

  /** Imports a root file system; settles once the engine reads. */
  async import (archive: Readable | undefined, options: { repository?: string, tag?: string, message?: string, changes?: readonly string[] }, signal: AbortSignal): Promise<EventStream<ImageStreamEvent>> {
    if (archive === undefined) throw invalidInput('an import takes a tar as the body of the request')
    const { repository: repo, ...rest } = options
    const answer = await this.connection.open({ method: 'POST', path: '/images/create', query: { fromSrc: '-', repo, ...rest }, body: archive, headers: { 'Content-Type': 'application/x-tar' }, signal, deadlineMs: BEGIN_MS })
    let id = ''
    const watch = ({ status }: EngineMessage) => { if (/^sha256:[0-9a-f]{64}$/.test(status ?? '')) id = status ?? '' }
    const reference = options.repository === undefined ? {} : { reference: `${options.repository}:${options.tag ?? 'latest'}` }
    return this.#events(answer, watch, async () => ({ id, ...reference }))
  }

  #events (answer: IncomingMessage, watch: (message: EngineMessage) => void, result: () => Promise<{ id: string }>): EventStream<ImageStreamEvent> {
    const ending = async () => ({ type: 'end', reason: 'complete', result: await result() } as const)
    return this.connection.through(answer, new Progress<ImageStreamEvent>({ watch, ending }))
  }

  async #named (reference: string): Promise<{ id: string, reference: string }> {
    return { id: (await this.inspect(reference)).Id, reference }
  }
}

/** As `docker pull` reads it: without a tag or digest it is `latest`, never every tag there is. */
function pullParts (reference: string): [fromImage: string, tag: string] {
  return reference.includes('@') ? [reference, ''] : nameParts(reference)
}
