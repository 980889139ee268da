import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { EventStream } from '../../operation/define.js'
import type { BuildOptions } from '../build-options.js'
import type { BuildStreamEvent } from '../models/image-transfers.js'
import { nameAndTag } from '../names.js'
import { GRACE_MS } from './deadlines.js'
import { buildImage } from './image-build.js'
import { ImageTransfers } from './image-transfers.js'
import { missing } from './refusals.js'

type Filters = Record<string, string[]>

/** What a removal tells, piece by piece. */
export interface Removal { readonly Untagged?: string, readonly Deleted?: string }

/** A layer as `GET /images/{name}/history` has it. */
export interface HistoryLayer {
  readonly Id: string
  readonly Created: number
  readonly CreatedBy: string
  readonly Tags: string[] | null
  readonly Size: number
  readonly Comment: string
}

interface ListOptions { readonly all?: boolean, readonly sharedSize?: boolean, readonly filters?: Filters }

/** One host's images. References that come here are checked: they go into the engine's paths as they are. */
export class HostImages extends ImageTransfers {
  list ({ all, sharedSize, filters = {} }: ListOptions): Promise<Docker.ImageInfo[]> {
    const options = { all, ...(sharedSize === true ? { 'shared-size': true } : {}), filters }
    return this.connection.unary((docker, abortSignal) => docker.listImages({ ...options, abortSignal }), { reads: true })
  }

  async history (id: string): Promise<HistoryLayer[]> {
    return await missing('image', id, this.connection.json({ method: 'GET', path: `/images/${id}/history` }))
  }

  async tag (id: string, reference: string): Promise<void> {
    const [repo, tag] = nameAndTag(reference)
    await this.connection.unary((docker, abortSignal) => docker.getImage(id).tag({ repo, tag, abortSignal }))
  }

  async remove (reference: string, { force = false, noPrune: noprune = false }: { force?: boolean, noPrune?: boolean }): Promise<Removal[]> {
    const options = { force, noprune }
    const removal = this.connection.unary((docker, abortSignal) => docker.getImage(reference).remove({ ...options, abortSignal }), { deadlineMs: GRACE_MS })
    return (await missing('image', reference, removal) as Removal[]).map(withAlgorithm)
  }

  async build (context: Readable | undefined, options: BuildOptions, signal: AbortSignal): Promise<EventStream<BuildStreamEvent>> {
    return await buildImage(this.connection, context, options, signal)
  }
}

/** Podman leaves it out. */
const withAlgorithm = ({ Deleted, ...rest }: Removal): Removal => Deleted === undefined ? rest : { ...rest, Deleted: /^[0-9a-f]{64}$/.test(Deleted) ? `sha256:${Deleted}` : Deleted }
