/**
 * Numbers of a tar header, as Go's archive/tar reads them: what a gateway reads otherwise than the engine behind it is a
 * hole. Where readers differ, nothing is guessed: the number counts as unreadable.
 */

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0

/** Octal digits between spaces and NULs; an empty field is 0. undefined: it can't be read. */
export function octal (field: Buffer): number | undefined {
  let [from, to] = [0, field.length]
  while (from < to && isBlank(field[from])) from++
  while (to > from && isBlank(field[to - 1])) to--
  let value = 0
  for (let index = from; index < to; index++) {
    const digit = (field[index] ?? 0) - 0x30
    if (digit < 0 || digit > 7) return undefined
    value = value * 8 + digit
  }
  return value
}

/** Octal, or with the first bit set a big-endian number in two's complement (GNU's base-256). */
export function numeric (field: Buffer): number | undefined {
  const first = field[0] ?? 0
  if ((first & 0x80) === 0) return octal(field)
  const bits = field.subarray(1).reduce((value, byte) => value << 8n | BigInt(byte), BigInt(first & 0x7f))
  const value = Number(BigInt.asIntN(field.length * 8 - 1, bits))
  return Number.isSafeInteger(value) ? value : undefined
}

/** A decimal number of a pax record. Go would take signs as well; no writer writes them. */
export const decimal = (text: string): number | undefined =>
  /^\d{1,15}$/.test(text) ? Number(text) : undefined
