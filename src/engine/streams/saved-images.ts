import { Failure, engineError } from '../../lib/errors.js'
import type { Header } from '../../tar/header.js'
import { PlainTar, type TarWatch } from '../../tar/plain-tar.js'
import type { TransformCallback } from 'node:stream'

/** What lists the images of an archive. */
const LIST = 'manifest.json'
/** A longer list is none of a hundred images. */
const LIST_BYTES = 16 * 1024 * 1024

/** What the archive says it has, and what it has. */
class Contents implements TarWatch {
  readonly #names = new Set<string>()
  readonly #list: Buffer[] = []

  entry ({ name, size }: Header): ((data: Buffer) => void) | undefined {
    this.#names.add(name)
    if (name !== LIST || size > LIST_BYTES) return undefined
    return data => { this.#list.push(Buffer.from(data)) }
  }

  /** @throws `engine-error` where a configuration or a layer is not there: engines leave out what they do not have, and say nothing */
  end (): void {
    const missing = this.#listed().find(name => !this.#names.has(name))
    if (missing !== undefined) throw engineError(`the archive is not whole: the engine left out ${missing}, which it does not have`)
  }

  #listed (): string[] {
    if (this.#list.length === 0) return []
    const images = JSON.parse(Buffer.concat(this.#list).toString('utf8')) as Array<{ Config?: string, Layers?: string[] | null }>
    return images.flatMap(({ Config, Layers }) => [...Config === undefined ? [] : [Config], ...Layers ?? []])
  }
}

/** An archive of images that the engine sends: the reader is cut off where it turns out not to be whole. */
export class SavedImages extends PlainTar {
  constructor () { super({ watch: new Contents() }) }

  override _transform (chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    super._transform(chunk, encoding, error => { done(engines(error)) })
  }

  override _flush (done: TransformCallback): void {
    super._flush(error => { done(engines(error)) })
  }
}

/** What is wrong with the archive is no fault of the caller's. */
const engines = (error: Error | null | undefined): Error | null =>
  error == null ? null : error instanceof Failure && error.code === 'engine-error' ? error : engineError('the engine sent an archive that cannot be read', { cause: error })
