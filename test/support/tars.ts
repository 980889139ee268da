import { Readable } from 'node:stream'

/** An entry of a tar that a test writes by hand, right or wrong. */
export interface Entry {
  readonly name: string
  /** The type flag; default a file. */
  readonly type?: string
  readonly link?: string
  readonly data?: string | Buffer
  readonly mode?: number
  readonly uid?: number
  /** What the header says instead of the data's length. */
  readonly size?: number
  readonly format?: 'ustar' | 'gnu' | 'v7'
  /** Written over the block before its checksum is made. */
  readonly at?: Readonly<Record<number, string | Buffer>>
}

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
const MAGIC = { ustar: 'ustar\u000000', gnu: 'ustar  \0', v7: '' }

/** One entry with its data and padding. */
export function entry ({ name, type = '0', link = '', data = '', mode = 0o644, uid = 0, size, format = 'ustar', at = {} }: Entry): Buffer {
  const content = Buffer.from(data)
  const block = Buffer.alloc(512)
  const fields: Record<number, string | Buffer> = {
    0: name, 100: octal(mode, 7), 108: octal(uid, 7), 116: octal(0, 7), 124: octal(size ?? content.length, 11), 136: octal(1_600_000_000, 11), 156: type, 157: link, 257: MAGIC[format], ...at
  }
  for (const [offset, text] of Object.entries(fields)) Buffer.from(text).copy(block, Number(offset))
  block.fill(' ', 148, 156)
  block.write(`${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, 148)
  return Buffer.concat([block, content, Buffer.alloc((512 - content.length % 512) % 512)])
}

export const END = Buffer.alloc(1024)

export const archiveOf = (...entries: Entry[]): Buffer => Buffer.concat([...entries.map(entry), END])

/** A pax header with its records. */
export const pax = (records: Readonly<Record<string, string>>, type = 'x'): Entry =>
  ({ name: 'PaxHeaders/x', type, data: Object.entries(records).map(([key, value]) => record(key, value)).join('') })

export function record (key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length > length) length++
  return `${length} ${key}=${value}\n`
}

/** The bytes in pieces of these sizes, over and over. */
export function inPieces (bytes: Buffer, sizes: readonly number[]): Readable {
  return Readable.from((function * () {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? bytes.length
      yield bytes.subarray(at, at += size)
    }
  })(), { objectMode: false })
}
