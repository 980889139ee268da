import { createHash } from 'node:crypto'
import type { JournalEntry } from './entry.js'

/** What one input, and all of them together, may take up in a line, in bytes of JSON. */
const INPUT_LIMIT = 2_048
const INPUTS_LIMIT = 12_288
const USER_AGENT_LIMIT = 256

/**
 * An entry as the JSON text that goes to the writer: bounded, and without what canonical JSON can't hold. An input
 * that is too large is replaced by `{sha256, bytes}`, so that it can still be compared.
 */
export function textOf (entry: JournalEntry): string {
  const { client, input } = entry
  const userAgent = client.userAgent?.slice(0, USER_AGENT_LIMIT)
  return wellFormed(JSON.stringify({ ...entry, client: { ...client, userAgent }, input: bounded(input) }))
}

function bounded (input: JournalEntry['input']): JournalEntry['input'] {
  if (jsonBytes(input) <= INPUTS_LIMIT) return shortened(input, INPUT_LIMIT)
  const short = shortened(input, 128)
  return jsonBytes(short) <= INPUTS_LIMIT ? short : { inputs: digestOf(input) }
}

const shortened = (input: JournalEntry['input'], limit: number): JournalEntry['input'] =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, jsonBytes(value) > limit ? digestOf(value) : value]))

function digestOf (value: unknown) {
  const text = JSON.stringify(value)
  return { sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) }
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

/**
 * Half a surrogate pair is legal in JSON and nowhere in canonical JSON. JSON.stringify escapes exactly the lone
 * ones; the first alternative steps over escaped backslashes, so that a text that merely looks so is kept.
 */
const wellFormed = (json: string): string =>
  json.replaceAll(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, escape => escape === '\\\\' ? escape : '\ufffd')
