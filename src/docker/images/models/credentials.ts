/** What stands for a value that the caller may not read. */
export const REDACTED = '******'

/** Of names under which drivers are given what opens something, such as `splunk-token` or the `password` of a share. */
const SECRET = 'pass(?:word|wd|phrase)|(?<![a-z])pass(?![a-z])|pwd|secret|token|credential|(?:api|access|private|shared)[-_.]?key'
const isSecret = new RegExp(SECRET, 'i')
/** The same within a text, as `addr=10.0.0.1,username=ann,password=…`: in options of a mount nothing but a comma ends a value. */
const assigned = new RegExp(`([\\w.-]*(?:${SECRET})[\\w.-]*=)[^,]+`, 'gi')
/** `https://ann:…@example.com`, and `https://…@example.com`: either part may be what opens it. */
const signedIn = /\/\/[^\s/@][^\s/]*@/g

/** The same options of a driver, in whatever shape it has them, without what reads like a credential. */
export function withoutCredentials<T> (options: T): T {
  return redacted(options) as T
}

function redacted (value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(assigned, `$1${REDACTED}`).replaceAll(signedIn, `//${REDACTED}@`)
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isSecret.test(name) && typeof inner === 'string' ? REDACTED : redacted(inner)]))
}
