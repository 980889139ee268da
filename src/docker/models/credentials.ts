/** What stands for a value that the caller may not read. */
export const MASK = '******'

/** Of names under which drivers are given what opens something, such as `splunk-token` or the `password` of a share. */
const SECRET = 'pass(?:word|wd|phrase)|(?<![a-z])pass(?![a-z])|secret|token|credential|(?:api|access|private)[-_.]?key'
const isSecret = new RegExp(SECRET, 'i')
/** The same within a text: `addr=10.0.0.1,username=ann,password=…`. */
const assigned = new RegExp(`([\\w.-]*(?:${SECRET})[\\w.-]*=)[^,;&\\s]+`, 'gi')
/** `https://ann:…@example.com` */
const signedIn = /(\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g

/** The same options of a driver, in whatever shape it has them, without what reads like a credential. */
export function withoutCredentials<T> (options: T): T {
  return masked(options) as T
}

function masked (value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(assigned, `$1${MASK}`).replaceAll(signedIn, `$1${MASK}`)
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isSecret.test(name) && typeof inner === 'string' ? MASK : masked(inner)]))
}
