import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { engineError } from '../../lib/errors.js'
import type { Connection, StreamRequest } from '../connection/connection.js'
import type { ImportStreamEvent, LoadStreamEvent, PullStreamEvent, PulledTag, PushResult, PushStreamEvent, PushedTag } from '../models/image-transfers.js'
import type { EventStream } from '../../model/streams.js'
import { nameAndTag } from '../../model/names.js'
import { plainTar } from '../../tar/plain-tar.js'
import type { WithManifests } from '../objects.js'
import { Progress, type EngineMessage } from '../streams/progress.js'
import { platformJson } from '../platform.js'
import { NOBODY } from '../registry-auth.js'
import { SavedImages } from '../streams/saved-images.js'
import { WholeTar } from '../streams/whole-tar.js'
import { nameForPlatform, pulledForPlatform } from './asked-platform.js'
import { BEGIN_MS, SAVE_MS } from './deadlines.js'
import { missingPlatform } from './refusals.js'

const TAR = { 'Content-Type': 'application/x-tar' } as const

interface PushOptions { readonly platform?: string, readonly allTags?: boolean, readonly registryAuth?: string }
interface PullOptions { readonly platform?: string, readonly allTags?: boolean, readonly registryAuth?: string }
interface ImportOptions { readonly reference?: string, readonly message?: string, readonly changes?: readonly string[], readonly platform?: string }

/** What brings images to a host and away from it. Whoever leaves early ends the engine's work. */
export class ImageTransfers {
  constructor (protected readonly connection: Connection) {}

  /**
   * With its parts, which cost engines that have any nothing: it is by them that its size is known. Of one platform engines tell no parts.
   * @throws `not-found` in the gateway's own words
   */
  async inspect (reference: string, platform?: string): Promise<Docker.ImageInspectInfo & WithManifests> {
    const query = platform === undefined ? { manifests: '1' } : { platform: platformJson(platform) }
    return await missingPlatform(reference, platform, this.connection.json({ method: 'GET', path: `/images/${reference}/json`, query }))
  }

  async pull (reference: string, { platform, allTags = false, registryAuth }: PullOptions, signal: AbortSignal): Promise<EventStream<PullStreamEvent>> {
    const [fromImage, tag] = allTags ? [reference, ''] : pullParts(reference)
    const answer = await this.#begin({ path: '/images/create', query: { fromImage, tag, platform }, headers: authHeader(registryAuth), signal })
    const tags: PulledTag[] = []
    return this.#events(answer, message => { noteTag(tags, message) }, async () => {
      if (platform !== undefined) for (const name of allTags ? tags.map(({ tag }) => `${reference}:${tag}`) : [reference]) await pulledForPlatform(this.connection, name, platform)
      if (allTags) return { reference, tags }
      const digest = tags.at(-1)?.digest
      return { reference, id: (await this.inspect(reference)).Id, ...(digest === undefined ? {} : { digest }) }
    })
  }

  /** Pushes one tag of a name, or all of them. */
  async push (reference: string, { allTags = false, registryAuth, platform }: PushOptions, signal: AbortSignal): Promise<EventStream<PushStreamEvent>> {
    const [name, tag] = nameAndTag(reference)
    const answer = await this.#begin({ path: `/images/${name}/push`, query: { tag: allTags ? undefined : tag, platform: platformJson(platform) }, headers: authHeader(registryAuth ?? NOBODY), signal })
    const tags = new Map<string, PushedTag>()
    const watch = (message: EngineMessage) => { for (const pushed of pushedTag(message)) tags.set(pushed.tag, pushed) }
    return this.#events(answer, watch, async () => pushResult(reference, allTags, [...tags.values()]))
  }

  /** Makes an image of a root file system; settles once the engine reads. */
  async import (archive: Readable | undefined, { reference, ...options }: ImportOptions, signal: AbortSignal): Promise<EventStream<ImportStreamEvent>> {
    const [repo, tag] = reference === undefined ? [] : nameAndTag(reference)
    const { platform } = options
    // With a platform the image is named when it was looked at.
    const query = { fromSrc: '-', ...(platform === undefined ? { repo, tag } : {}), ...options }
    const body = plainTar(archive)
    const answer = await this.#begin({ path: '/images/create', query, headers: TAR, body, signal })
    let id: string | undefined
    const watch = ({ status }: EngineMessage) => { if (/^sha256:[0-9a-f]{64}$/.test(status ?? '')) id = status }
    return this.#events(answer, watch, async () => {
      const made = told('import', id)
      if (platform !== undefined) await nameForPlatform(this.connection, { id: made, what: 'import', platform, names: reference === undefined ? [] : [reference] })
      return { id: made, ...(reference === undefined ? {} : { reference: `${repo}:${tag}` }), upload: body.received }
    })
  }

  /** Takes in what a save wrote. */
  async load (archive: Readable | undefined, platform: string | undefined, signal: AbortSignal): Promise<EventStream<LoadStreamEvent>> {
    const body = plainTar(archive)
    const answer = await this.#begin({ path: '/images/load', query: { quiet: '0', platform: platformJson(platform) }, headers: TAR, body, signal })
    const images: string[] = []
    const watch = ({ stream = '' }: EngineMessage) => {
      for (const [, image = ''] of stream.matchAll(/^Loaded image(?: ID)?: (.+)$/gm)) images.push(image)
    }
    return this.#events(answer, watch, async () => ({ images, upload: body.received }))
  }

  /** One archive of one image or several. @throws `not-found` before the first byte */
  async save (references: readonly string[], platform: string | undefined, signal: AbortSignal): Promise<Readable> {
    const answer = await this.connection.open({ method: 'GET', path: '/images/get', query: { names: references, platform: platformJson(platform) }, deadlineMs: SAVE_MS, signal, bulk: true })
    return this.connection.through(answer, new WholeTar(), new SavedImages())
  }

  async #begin (request: Omit<StreamRequest, 'method'>): Promise<IncomingMessage> {
    return await this.connection.open({ method: 'POST', deadlineMs: BEGIN_MS, ...request })
  }

  #events<R extends object> (answer: IncomingMessage, watch: (message: EngineMessage) => void, result: () => Promise<R>) {
    const ending = async () => ({ type: 'end', reason: 'complete', result: await result() } as const)
    return this.connection.through(answer, new Progress({ watch, ending, said: async message => await this.connection.said(message) }))
  }
}

const authHeader = (auth: string | undefined): Record<string, string> => auth === undefined ? {} : { 'X-Registry-Auth': auth }

/** As `docker pull` reads it: without a tag or digest it is `latest`, never every tag there is. */
const pullParts = (reference: string): [fromImage: string, tag: string] => reference.includes('@') ? [reference, ''] : nameAndTag(reference)

/** What the engine should have said. */
export function told (what: string, id: string | undefined): string {
  if (id === undefined) throw engineError(`the engine ended the ${what} without saying what it made`)
  return id
}

/** The engine names each tag, and then the digest that it turned out to be. */
function noteTag (tags: PulledTag[], { id, status = '' }: EngineMessage): void {
  if (id !== undefined && status.startsWith('Pulling from ')) tags.push({ tag: id })
  const digest = /^Digest: (sha256:[0-9a-f]{64})$/.exec(status)?.[1]
  const last = tags.at(-1)
  if (digest !== undefined && last !== undefined) last.digest = digest
}

/** What engines with containerd's store say in words alone, as all do; others say it as data as well. */
const PUSHED = /^([\w][\w.-]{0,127}): digest: (sha256:[0-9a-f]{64}) size: (\d+)$/

function pushedTag ({ aux, status = '' }: EngineMessage): PushedTag[] {
  const [, inWords, digestInWords = '', size] = PUSHED.exec(status) ?? []
  if (inWords !== undefined) return [{ tag: inWords, digest: digestInWords, sizeBytes: Number(size) }]
  const { Tag: tag, Digest: digest, Size: sizeBytes } = (aux ?? {}) as { Tag?: unknown, Digest?: unknown, Size?: unknown }
  return typeof tag === 'string' && typeof digest === 'string' ? [{ tag, digest, sizeBytes: Number(sizeBytes) }] : []
}

function pushResult (reference: string, allTags: boolean, tags: PushedTag[]): PushResult {
  const [name, tag] = nameAndTag(reference)
  return allTags ? { reference: name, tags } : { reference: `${name}:${tag}`, ...tags.at(-1) }
}
