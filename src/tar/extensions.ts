import type { Header } from './header.js'
import { decimal } from './numbers.js'
import { notTar } from './refusals.js'

/** Headers that only tell more of the next one. */
export const isExtension = (type: string): boolean => 'xgLK'.includes(type)

/** Names, targets and sizes that an entry's own header had no room for: pax records, GNU's long names. */
export class Extensions {
  #pax: ReadonlyMap<string, string> | undefined
  #name: string | undefined
  #link: string | undefined

  /** @throws where another extension has said something of the same entry: readers choose differently */
  take (type: string, data: Buffer): void {
    if (type === 'x') this.#pax = once(this.#pax, paxRecords(data))
    else if (type === 'L') this.#name = once(this.#name, longText(data))
    else if (type === 'K') this.#link = once(this.#link, longText(data))
    else refuseGlobals(paxRecords(data))
    if (this.#pax !== undefined && (this.#name !== undefined || this.#link !== undefined)) throw notTar('an entry has headers of pax and of GNU at once')
  }

  /** The entry as its header and what went before it say together; an empty text leaves the header's own. */
  applyTo (header: Header): Header {
    const size = this.#pax?.get('size') ?? ''
    return {
      type: header.type,
      name: this.#said(this.#name ?? this.#pax?.get('path'), header.name),
      link: this.#said(this.#link ?? this.#pax?.get('linkpath'), header.link),
      size: size === '' ? header.size : sizeOf(size)
    }
  }

  get attributes (): string[] {
    return [...this.#pax?.keys() ?? []].flatMap(key => key.startsWith('SCHILY.xattr.') ? key.slice('SCHILY.xattr.'.length) : [])
  }

  #said (text: string | undefined, otherwise: string): string {
    return text === undefined || text === '' ? otherwise : text
  }
}

function once<T> (before: T | undefined, value: T): T {
  if (before !== undefined) throw notTar('an entry has two headers of one kind before it')
  return value
}

function sizeOf (text: string): number {
  const size = decimal(text)
  if (size === undefined) throw notTar('a pax header\'s size is not a number')
  return size
}

function longText (data: Buffer): string {
  const end = data.indexOf(0)
  if (end < 0) return data.toString('latin1')
  if (data.subarray(end).some(byte => byte !== 0)) throw notTar('a long name goes on behind its end')
  return data.toString('latin1', 0, end)
}

/** Keys that decide where an entry goes and how long it is. */
const DECIDING = new Set(['path', 'linkpath', 'size'])

/** Go forgets them, others apply them to every entry that follows. */
function refuseGlobals (records: ReadonlyMap<string, string>): void {
  if ([...DECIDING].some(key => records.has(key))) throw notTar('a global pax header may not name, link or measure entries')
}

/** `length SPACE key=value NEWLINE`, the length in bytes and counting itself. */
function paxRecords (data: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  let rest = data
  while (rest.length > 0) {
    const space = rest.subarray(0, 12).indexOf(0x20)
    const length = space < 0 ? undefined : decimal(rest.toString('latin1', 0, space))
    if (length === undefined || length <= space + 1 || length > rest.length || rest[length - 1] !== 0x0a) throw notTar('a pax record has a wrong length')
    addRecord(records, rest.toString('latin1', space + 1, length - 1))
    rest = rest.subarray(length)
  }
  return records
}

function addRecord (records: Map<string, string>, record: string): void {
  const equals = record.indexOf('=')
  const [key, value] = [record.slice(0, equals), record.slice(equals + 1)]
  if (equals < 1 || key.includes('\0')) throw notTar('a pax record has no key')
  if (key.startsWith('GNU.sparse.')) throw notTar('it has sparse files: pack without --sparse')
  if (DECIDING.has(key) && (records.has(key) || value.includes('\0'))) throw notTar(`a pax header says ${key} in a way that is read differently`)
  records.set(key, value)
}
