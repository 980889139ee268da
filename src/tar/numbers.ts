/**
 * Numbers of a tar header, as Go's archive/tar reads them: what a gate reads otherwise than the engine behind it is a
 * hole. Where readers differ, nothing is guessed: the number counts as unreadable.
 */

/** Octal digits between spaces and NULs; an empty field is 0. undefined: it can't be read. */
export function octal (field: Buffer): number | undefined {
  const digits = field.toString('latin1').replace(/^[ \0]+/, '').replace(/[ \0]+$/, '')
  if (digits === '') return 0
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : undefined
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
