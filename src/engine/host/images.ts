import type Docker from 'dockerode'
import type { BuildStreamEvent } from '../models/image-transfers.js'
import type { EventStream } from '../../model/streams.js'
import { nameAndTag } from '../../model/names.js'
import type { EngineDistribution } from '../objects.js'
import { platformJson } from '../platform.js'
import { NOBODY } from '../registry-auth.js'
import { BEGIN_MS, GRACE_MS } from './deadlines.js'
import { buildImage, type Build } from './image-build.js'
import { ImageTransfers } from './image-transfers.js'
import { missing, missingPlatform } from './refusals.js'

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

interface ListOptions { readonly all?: boolean, readonly sharedSize?: boolean, readonly manifests?: boolean, readonly filters?: Filters }

interface RemoveOptions { readonly force?: boolean, readonly noPrune?: boolean, readonly platforms?: readonly string[] }

/** One host's images. References that come here are checked: they go into the engine's paths as they are. */
export class HostImages extends ImageTransfers {
  list ({ all, sharedSize, manifests, filters = {} }: ListOptions): Promise<Docker.ImageInfo[]> {
    const options = { all, ...(sharedSize === true ? { 'shared-size': true } : {}), ...(manifests === true ? { manifests: true } : {}), filters }
    return this.connection.unary((docker, abortSignal) => docker.listImages({ ...options, abortSignal }), { reads: true })
  }

  async history (id: string, platform?: string): Promise<HistoryLayer[]> {
    const query = { platform: platformJson(platform) }
    return await missingPlatform(id, platform, this.connection.json({ method: 'GET', path: `/images/${id}/history`, query }))
  }

  /** What the registry has under a name: the engine asks it now. */
  async distribution (reference: string, registryAuth?: string): Promise<EngineDistribution> {
    const headers = { 'X-Registry-Auth': registryAuth ?? NOBODY }
    return await this.connection.json({ method: 'GET', path: `/distribution/${reference}/json`, headers, deadlineMs: BEGIN_MS })
  }

  async tag (id: string, reference: string): Promise<void> {
    const [repo, tag] = nameAndTag(reference)
    await this.connection.unary((docker, abortSignal) => docker.getImage(id).tag({ repo, tag, abortSignal }))
  }

  async remove (reference: string, { force = false, noPrune = false, platforms = [] }: RemoveOptions): Promise<Removal[]> {
    const query = { force: String(force), noprune: String(noPrune), platforms: platforms.map(platform => platformJson(platform) ?? '') }
    const removal = this.connection.json<Removal[]>({ method: 'DELETE', path: `/images/${reference}`, query, deadlineMs: GRACE_MS })
    return (await missing('image', reference, removal)).map(withAlgorithm)
  }

  async build (build: Build, signal: AbortSignal): Promise<EventStream<BuildStreamEvent>> {
    return await buildImage(this.connection, build, signal)
  }
}

/** Podman leaves it out. */
const withAlgorithm = ({ Deleted, ...rest }: Removal): Removal => Deleted === undefined ? rest : { ...rest, Deleted: /^[0-9a-f]{64}$/.test(Deleted) ? `sha256:${Deleted}` : Deleted }
