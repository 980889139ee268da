import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { JournalEntry, JournalLine } from './entry.js'

/** Where the chain stands: the number and the hash of its last line. */
export interface Tip { readonly seq: number, readonly hash: string }

/** Before the first line. */
export const START: Tip = { seq: 0, hash: '0'.repeat(64) }

/** The next line of the chain. */
export function lineAfter (tip: Tip, entry: JournalEntry, time: string): JournalLine {
  const line = { ...entry, seq: tip.seq + 1, time, previous: tip.hash }
  return { ...line, hash: hashOf(line) }
}

/** SHA-256, hex, of a line without its hash, as canonical JSON (RFC 8785). */
export const hashOf = (line: object): string => createHash('sha256').update(canonical({ ...line, hash: undefined })).digest('hex')

/** Canonical JSON; what is undefined is left out. @throws {Error} for what JSON can't hold */
export function canonical (value: object): string {
  const text = canonicalize(value)
  if (text === undefined) throw new Error('this has no canonical JSON')
  return text
}

/**
 * What is wrong with a line, given the one before; undefined when nothing is. A line may hold anything: whoever
 * changed it was not bound to its type.
 */
export function faultIn (line: Readonly<Record<string, unknown>>, before: Tip): string | undefined {
  if (line.seq !== before.seq + 1) return `the line after ${before.seq} has the number ${String(line.seq)}`
  if (line.previous !== before.hash) return 'it does not name the hash of the line before'
  if (typeof line.hash !== 'string' || line.hash !== hashOf(line)) return 'its hash is not the hash of what it says'
  return undefined
}
