import { numeric, octal } from './numbers.js'
import { notTar } from './refusals.js'

export const BLOCK = 512

/** What of a header decides where an entry goes and how long it is. Texts have one character for each byte. */
export interface Header {
  /** The type flag; `\0` is an old regular file. */
  readonly type: string
  readonly name: string
  readonly link: string
  readonly size: number
}

/** Links, devices, folders and fifos have no data, whatever their size says. */
export const HEADER_ONLY = new Set(['1', '2', '3', '4', '5', '6'])

const [NAME, MODE, UID, GID, SIZE, MTIME] = [[0, 100], [100, 108], [108, 116], [116, 124], [124, 136], [136, 148]] as const
const [CHECKSUM, LINK, MAGIC] = [[148, 156], [157, 257], [257, 265]] as const
const [MAJOR, MINOR, PREFIX, STAR_PREFIX] = [[329, 337], [337, 345], [345, 500], [345, 476]] as const
/** GNU has times where others have the prefix. */
const GNU_TIMES = [[345, 357], [357, 369]] as const

type Format = 'v7' | 'ustar' | 'star' | 'gnu'
type Place = readonly [from: number, to: number]

/**
 * One header block, read as Go's archive/tar does.
 * @throws `invalid-input` where it is none, and where readers would not agree on what it says
 */
export function readHeader (block: Buffer): Header {
  if (!hasChecksum(block)) throw notTar('a header\'s checksum is wrong')
  const format = formatOf(block)
  const size = numeric(at(block, SIZE))
  if (size === undefined || size < 0 || size > Number.MAX_SAFE_INTEGER - BLOCK) throw notTar('a header\'s size is not a number')
  refuseUnreadable(block, format)
  const prefix = prefixOf(block, format)
  const name = text(at(block, NAME))
  return { type: String.fromCharCode(block[156] ?? 0), name: prefix === '' ? name : `${prefix}/${name}`, link: text(at(block, LINK)), size }
}

export const isZero = (block: Buffer): boolean => block.every(byte => byte === 0)

const at = (block: Buffer, [from, to]: Place): Buffer => block.subarray(from, to)

/** Up to the first NUL. */
function text (field: Buffer): string {
  const end = field.indexOf(0)
  return field.toString('latin1', 0, end < 0 ? field.length : end)
}

/** The sum of all bytes, its own field taken as spaces; old writers took the bytes as signed. */
function hasChecksum (block: Buffer): boolean {
  let [unsigned, signed] = [0, 0]
  // A plain loop: an archive may have a million headers.
  for (let index = 0; index < BLOCK; index++) {
    const value = index >= CHECKSUM[0] && index < CHECKSUM[1] ? 0x20 : block[index] ?? 0
    unsigned += value
    signed += value << 24 >> 24
  }
  const sum = octal(at(block, CHECKSUM))
  return sum === unsigned || sum === signed
}

function formatOf (block: Buffer): Format {
  const magic = at(block, MAGIC).toString('latin1')
  if (magic === 'ustar  \0') return 'gnu'
  if (magic.startsWith('ustar\0')) return block.toString('latin1', 508, 512) === 'tar\0' ? 'star' : 'ustar'
  // Whether such a header has a prefix is read in both ways.
  if (magic.startsWith('ustar')) throw notTar('a header\'s format is not known')
  return 'v7'
}

function prefixOf (block: Buffer, format: Format): string {
  if (format === 'ustar') return text(at(block, PREFIX))
  return format === 'star' ? text(at(block, STAR_PREFIX)) : ''
}

function refuseUnreadable (block: Buffer, format: Format): void {
  const times = format === 'gnu' ? GNU_TIMES.filter(([from]) => block[from] !== 0) : []
  const places: readonly Place[] = [MODE, UID, GID, MTIME, ...format === 'v7' ? [] : [MAJOR, MINOR], ...times]
  // Go takes GNU's times for a prefix of the name where they are no numbers.
  if (places.some(place => numeric(at(block, place)) === undefined)) throw notTar('a header has a field that is not a number')
}
