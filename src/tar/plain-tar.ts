import { Transform, finished, type Readable, type TransformCallback } from 'node:stream'
import { Failure, invalidInput } from '../lib/errors.js'
import { TRANSFER_BYTES } from '../lib/transfer.js'
import { compressionOf } from './compression.js'
import { Extensions, isExtension } from './extensions.js'
import { BLOCK, HEADER_ONLY, isZero, readHeader, type Header } from './header.js'
import { Inside } from './inside.js'
import { compressed, cutOff, notTar, refusedEntry } from './refusals.js'

export interface TarRules {
  /** `inside`: every entry stays in the folder it is unpacked in. Default: what the entries are is the engine's business. */
  readonly entries?: 'inside'
  /** Looks at the entries as they go by. */
  readonly watch?: TarWatch
  /** How many headers it may have; default {@link MAX_ENTRIES}. */
  readonly maxEntries?: number
}

/** What it throws ends the archive there: nothing of the entry, nor of what follows it, is passed on. */
export interface TarWatch {
  /** The first block of all. */
  begin? (block: Buffer): void
  /** An entry that the rules have accepted, without the headers that only told more of it. @returns who is given its data, piece by piece */
  entry (entry: Header): ((data: Buffer) => void) | undefined
  /** The archive is whole. */
  end? (): void
}

/** What has come of an archive so far. */
export interface ReceivedTar {
  /** How many files, folders and links. */
  readonly entries: number
  /** Their data together. */
  readonly bytes: number
  /** It ended between two entries, without the two blocks of zeroes that end an archive. */
  readonly unterminated: boolean
}

/** More headers than this are no archive that anybody sends. */
export const MAX_ENTRIES = 1_000_000
/** A pax header or a long name may not be longer; Go's bound is the same. */
export const EXTENSION_BYTES = 1024 * 1024
/** How long the rest of a refused upload is read and thrown away, so that its sender can read the answer. */
const LINGER_MS = 30_000

/**
 * An upload as a plain tar: its bytes, each entry's only after its header was read and accepted. What is compressed
 * (`unsupported-media-type`), cut off or no tar, and what the rules refuse (`invalid-input`), destroys the stream that
 * is given back, before a byte of the entry has left it. What stands behind the end of the archive is read, and not
 * passed on. The end of the body at a header is an end, as it is for engines; `received` tells of it.
 *
 * The source is not destroyed with it: a caller who is still sending is to read the answer, not a broken connection.
 */
export function plainTar (source: Readable | undefined, rules: TarRules = {}): PlainTar {
  if (source === undefined) throw invalidInput('this call takes a plain tar as the body of the request')
  const checked = new PlainTar(rules)
  finished(source, { writable: false }, error => {
    // An `AbortError` is how `invoke()` knows a caller that left.
    if (error != null) checked.destroy(error instanceof Failure ? error : new DOMException('the upload was broken off', 'AbortError'))
  })
  checked.once('close', () => { drop(source) })
  source.pipe(checked)
  return checked
}

function drop (source: Readable): void {
  if (source.readableEnded || source.destroyed) return
  const timer = setTimeout(() => { source.destroy() }, LINGER_MS).unref()
  source.once('close', () => { clearTimeout(timer) }).unpipe()
  source.resume()
}

export class PlainTar extends Transform {
  readonly #inside: Inside | undefined
  /** The part of a header that came with an earlier chunk. */
  #begun: Buffer | undefined
  #begunBytes = 0
  /** What is left of an entry's data, and of the padding behind it. */
  #left = 0
  #padding = 0
  /** A pax header or long name with its data, as far as it has come. */
  #extension: { readonly header: Header, readonly bytes: Buffer, filled: number } | undefined
  /** Those that wait for the entry they speak of. */
  #held: Buffer[] = []
  #extensions = new Extensions()
  #headers = 0
  #zeroBlocks = 0
  #entries = 0
  #dataBytes = 0
  /** Accepted and not pushed yet: pieces of one chunk leave as one. */
  #accepted: Buffer | undefined

  readonly #maxEntries: number
  readonly #watch: TarWatch | undefined
  /** Who is given the data of the entry that goes by. */
  #reader: ((data: Buffer) => void) | undefined

  constructor ({ entries, watch, maxEntries = MAX_ENTRIES }: TarRules) {
    super({ highWaterMark: TRANSFER_BYTES })
    this.#maxEntries = maxEntries
    this.#watch = watch
    this.#inside = entries === 'inside' ? new Inside() : undefined
  }

  /** Of what engines have answered nothing is to come: they read up to the end of an archive. */
  get received (): ReceivedTar {
    return { entries: this.#entries, bytes: this.#dataBytes, unterminated: this.#zeroBlocks < 2 }
  }

  override _transform (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (let rest = chunk; rest.length > 0 && this.#zeroBlocks < 2;) rest = this.#read(rest)
      this.#pushAccepted()
      done()
    } catch (error) { done(error as Error) }
  }

  override _flush (done: TransformCallback): void {
    try { this.#end(); done() } catch (error) { done(error as Error) }
  }

  #end (): void {
    if (this.#begun !== undefined) {
      if (this.#headers === 0) refuseCompressed(this.#begun.subarray(0, this.#begunBytes))
      throw cutOff('inside a header')
    }
    if (this.#headers === 0 && this.#zeroBlocks === 0) throw notTar('it is empty')
    if (this.#left > this.#padding) throw cutOff('inside an entry')
    if (this.#extension !== undefined || this.#held.length > 0) throw cutOff('before the entry that its last header speaks of')
    this.#watch?.end?.()
  }

  /** Gives back what it has not read. */
  #read (bytes: Buffer): Buffer {
    if (this.#left > 0) return this.#readData(bytes)
    if (this.#extension !== undefined) return this.#readExtension(bytes)
    if (this.#begun === undefined && bytes.length >= BLOCK) {
      this.#readHeader(bytes.subarray(0, BLOCK))
      return bytes.subarray(BLOCK)
    }
    return this.#readBegun(bytes)
  }

  #readBegun (bytes: Buffer): Buffer {
    const block = this.#begun ??= Buffer.allocUnsafe(BLOCK)
    const taken = bytes.copy(block, this.#begunBytes)
    this.#begunBytes += taken
    if (this.#begunBytes === BLOCK) {
      this.#begun = undefined
      this.#begunBytes = 0
      this.#readHeader(block)
    }
    return bytes.subarray(taken)
  }

  #readData (bytes: Buffer): Buffer {
    const data = bytes.subarray(0, this.#left)
    if (this.#reader !== undefined && this.#left > this.#padding) this.#reader(data.subarray(0, this.#left - this.#padding))
    this.#left -= data.length
    this.#accept(data)
    return bytes.subarray(data.length)
  }

  #readExtension (bytes: Buffer): Buffer {
    const extension = this.#extension
    if (extension === undefined) return bytes
    const taken = bytes.copy(extension.bytes, extension.filled)
    extension.filled += taken
    if (extension.filled === extension.bytes.length) this.#endExtension(extension)
    return bytes.subarray(taken)
  }

  #readHeader (block: Buffer): void {
    if (this.#headers === 0) {
      refuseCompressed(block)
      this.#watch?.begin?.(block)
    }
    if (isZero(block)) { this.#readZeroBlock(block); return }
    if (this.#zeroBlocks > 0) throw notTar('it goes on behind a block of zeroes')
    if (++this.#headers > this.#maxEntries) throw notTar(`it has more than ${this.#maxEntries} entries`)
    const header = readHeader(block)
    if (isExtension(header.type)) this.#beginExtension(header, block)
    else this.#beginEntry(this.#extensions.applyTo(header), block)
  }

  #readZeroBlock (block: Buffer): void {
    if (this.#held.length > 0) throw cutOff('before the entry that its last header speaks of')
    this.#zeroBlocks++
    this.#accept(block)
  }

  #beginExtension (header: Header, block: Buffer): void {
    if (header.size > EXTENSION_BYTES) throw notTar(`a pax header or a long name has more than ${EXTENSION_BYTES} bytes`)
    // Go forgets the headers before a global one.
    if (header.type === 'g' && this.#held.length > 0) throw notTar('a global pax header stands between an entry and its own')
    const bytes = Buffer.allocUnsafe(BLOCK + header.size + paddingOf(header.size))
    this.#extension = { header, bytes, filled: block.copy(bytes) }
    if (header.size === 0) this.#endExtension(this.#extension)
  }

  #endExtension ({ header: { type, size }, bytes }: { header: Header, bytes: Buffer }): void {
    this.#extension = undefined
    this.#extensions.take(type, bytes.subarray(BLOCK, BLOCK + size))
    if (type === 'g') this.#accept(bytes)
    else this.#held.push(bytes)
  }

  #beginEntry (entry: Header, block: Buffer): void {
    const { type, name, size } = entry
    if (type === 'S') throw notTar('it has sparse files: pack without --sparse')
    // Go reads an old file whose name ends with a slash as a folder, and folders and links as without data.
    if (size > 0 && (HEADER_ONLY.has(type) || (type === '\0' && name.endsWith('/')))) throw refusedEntry(name, 'may not have data')
    this.#inside?.check(entry, this.#extensions.attributes)
    this.#reader = this.#watch?.entry(entry)
    for (const bytes of this.#held) this.#accept(bytes)
    this.#held = []
    this.#extensions = new Extensions()
    this.#accept(block)
    this.#padding = paddingOf(size)
    this.#left = size + this.#padding
    this.#entries++
    this.#dataBytes += size
  }

  #accept (bytes: Buffer): void {
    const before = this.#accepted
    if (before !== undefined && before.buffer === bytes.buffer && before.byteOffset + before.length === bytes.byteOffset) {
      this.#accepted = Buffer.from(before.buffer, before.byteOffset, before.length + bytes.length)
      return
    }
    this.#pushAccepted()
    this.#accepted = bytes
  }

  #pushAccepted (): void {
    if (this.#accepted !== undefined) this.push(this.#accepted)
    this.#accepted = undefined
  }
}

const paddingOf = (size: number): number => (BLOCK - size % BLOCK) % BLOCK

function refuseCompressed (begin: Buffer): void {
  const format = compressionOf(begin)
  if (format !== undefined) throw compressed(format)
}
