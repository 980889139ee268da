import Type from 'typebox'
import { invalidField } from '../lib/errors.js'
import { named } from '../model/choice.js'
import { ALSO_NUMBER } from '../model/number-texts.js'

/** A time as a query gives it. */
export const TimeInput = (description: string) => Type.String({
  ...named('TimeOrDuration', 'ISO 8601 (UTC where no zone is named), seconds since 1970, or a duration back from now'),
  maxLength: 64,
  pattern: '^(?:\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:\\d{2})?)?|(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+|\\d{1,10}(?:\\.\\d{1,9})?)$',
  description: `${description}: ISO 8601, in UTC where no zone is named (\`2026-11-23\` is its midnight), seconds since 1970, or a duration back from now such as \`10m\` or \`1h30m\``,
  'x-expects': 'a time such as "2026-11-23T22:10:50Z", seconds since 1970, or a duration back from now such as "10m"',
  [ALSO_NUMBER]: true
})

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time input as the engine takes it: seconds since 1970, with nanoseconds behind the point. */
export const engineTime = (field: string, text: string): string => engineSeconds(nanosOf(field, text))

/** Nanoseconds since 1970 as the engine takes a time. */
export const engineSeconds = (nanos: bigint): string => `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`

/** A time input, in nanoseconds since 1970. @throws `invalid-input` for one before */
export function nanosOf (field: string, text: string, now = Date.now()): bigint {
  if (UNIX.test(text)) return nanosOfSeconds(text)
  if (!DATE.test(text)) return BigInt(Math.max(0, Math.round(now - durationMs(text)))) * 1_000_000n
  const nanos = isoNanos(inFull(text))
  if (nanos === undefined || nanos < 0n) throw invalidField(field, 'is not a time after 1970')
  return nanos
}

const DATE = /^\d{4}-/
const UNIX = /^\d+(?:\.\d+)?$/

function nanosOfSeconds (text: string): bigint {
  const [seconds = '', fraction = ''] = text.split('.')
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** With its time and zone, where those were left out. */
function inFull (text: string): string {
  const [, day = '', minute = 'T00:00', second = ':00', zone = 'Z'] = /^(.{10})(T.{5})?(:[\d.]+)?(.*?)$/.exec(text)?.map(part => part === '' ? undefined : part) ?? []
  return day + minute + second + zone
}

/** A duration such as `10m` or `1h30m`. */
export const durationMs = (text: string): number =>
  [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0)

/** Nanoseconds since 1970 of an ISO time with up to nine digits behind the point; JavaScript's own dates keep three. */
export function isoNanos (text: string): bigint | undefined {
  const match = /^(.{19})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(text)
  const seconds = match === null ? NaN : Date.parse(`${match[1]}${match[3]}`)
  if (match === null || Number.isNaN(seconds)) return undefined
  return BigInt(seconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'))
}

/** The engine's seconds since 1970, as ISO 8601 UTC. */
export const isoOfSeconds = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** A time as UTC, to the digit: engines have some in their own time zone, and an image keeps the one it was made in. */
export function isoUtc (time: string): string {
  const match = /^(.{19})(\.\d+)?([+-]\d{2}:\d{2})$/.exec(time)
  const ms = match === null ? NaN : Date.parse(`${match[1]}${match[3]}`)
  return Number.isNaN(ms) ? time : `${new Date(ms).toISOString().slice(0, 19)}${match?.[2] ?? ''}Z`
}

/** The engine writes the year 1 for "never". */
export const isoOrNothing = (time: string | undefined): string | undefined =>
  time === undefined || time === '' || time.startsWith('0001-') ? undefined : isoUtc(time)
