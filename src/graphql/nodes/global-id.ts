/** A type and, behind it, what tells one object of that type from another: neither secret nor to be relied on by clients. */
export interface GlobalId {
  readonly type: string
  readonly rest: string
}

export const writeGlobalId = ({ type, rest }: GlobalId): string => Buffer.from(`${type}:${rest}`).toString('base64url')

/** undefined for what was not written so, to the letter: one object has one id. */
export function readGlobalId (id: string): GlobalId | undefined {
  const text = Buffer.from(id, 'base64url').toString()
  const at = text.indexOf(':')
  return at < 0 || Buffer.from(text).toString('base64url') !== id ? undefined : { type: text.slice(0, at), rest: text.slice(at + 1) }
}
