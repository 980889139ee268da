import { parse, stringify } from 'lossless-json'

/**
 * JSON whose whole numbers may pass 2^53: an engine says 9223372036854775807 of a limit that is none. What is computed
 * with goes on as JavaScript's numbers; what is shown is taken from {@link exactOf}, where such a number is a bigint.
 */

/** A number with fewer digits than that fits. */
const DIGITS = 16

const exact = new WeakMap<object, object>()

/** On what has bigints somewhere in it, and on copies of that: JSON has no symbols, and a spread takes them along. */
const HAS_BIGINTS = Symbol('has bigints')

/** As `JSON.parse`; it costs more only where there is a long number. */
export function parseJson (text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (isObject(value) && hasLongNumber(text)) remember(value, parse(text, null, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue }))
  return value
}

/**
 * Whether a text has so many digits in a row at a place where JSON has values: engines write no blanks. What is found in
 * a text costs time alone. Only every sixteenth character is looked at, one of which is in each such row: a regular
 * expression stops at each digit of each id, and takes as long as all of the rest of a list.
 */
export function hasLongNumber (text: string): boolean {
  for (let at = DIGITS - 1; at < text.length; at += DIGITS) {
    let code = text.charCodeAt(at)
    if (code < ZERO || code > NINE) continue
    let [first, last] = [at, at]
    while ((code = text.charCodeAt(first - 1)) >= ZERO && code <= NINE) first--
    while ((code = text.charCodeAt(last + 1)) >= ZERO && code <= NINE) last++
    const before = text[first - 1] === '-' ? text[first - 2] : text[first - 1]
    if (last - first + 1 >= DIGITS && (before === ':' || before === '[' || before === ',')) return true
  }
  return false
}

const [ZERO, NINE] = [48, 57]

function remember (value: object, precise: unknown): void {
  if (!isObject(precise)) return
  exact.set(value, Object.assign(precise, { [HAS_BIGINTS]: true }))
  if (Array.isArray(value) && Array.isArray(precise)) value.forEach((item: unknown, at) => { if (isObject(item)) remember(item, precise[at]) })
}

/** What was parsed, with a bigint for each whole number that does not fit into a number. */
export const exactOf = <T extends object>(value: T): T => (exact.get(value) ?? value) as T

/** As `JSON.stringify`, with the digits of bigints. */
export function stringifyJson (value: unknown): string {
  try { return JSON.stringify(value) } catch (error) {
    // JSON.stringify does not take a bigint; nearly no answer has one.
    const text = error instanceof TypeError ? stringify(value) : undefined
    if (text === undefined) throw error
    return text
  }
}

/** For those whose JSON has no such numbers: each is the text of its digits. */
export const withoutBigints = (value: unknown): unknown =>
  isObject(value) && HAS_BIGINTS in value ? textForBigints(value) : value

function textForBigints (value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(textForBigints)
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, textForBigints(part)])) : value
}

function exactNumber (digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
